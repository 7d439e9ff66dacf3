//! What the compiler refuses, and how it says so: the commonest mistakes, in `ui/`.

#[test]
fn mistakes_are_refused_in_words_that_help() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
