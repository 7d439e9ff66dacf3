//! Products on one, two, four and more nodes: as the twin's, and at the cost that the schedule says.

use drust::{node, stats};
use drust_gemm::Job;
use drust_gemm::cluster::program::{Product, Value, check, generate, multiply, numbers};
use drust_gemm::random::at;
use drust_gemm::twin::program as twin;

/// Makes a test of each function for each number of nodes and carrier.
macro_rules! on_nodes {
    ($($name:ident: $nodes:literal, $carrier:literal, $of:ident;)*) => {$(
        #[drust::test(nodes = $nodes, carrier = $carrier)]
        fn $name() {
            $of();
        }
    )*};
}

on_nodes! {
    as_the_twin_on_1: 1, "shm", as_the_twins;
    as_the_twin_on_2_shm: 2, "shm", as_the_twins;
    as_the_twin_on_2_tcp: 2, "tcp", as_the_twins;
    as_the_twin_on_4_shm: 4, "shm", as_the_twins;
    as_the_twin_on_4_tcp: 4, "tcp", as_the_twins;
    as_scheduled_on_2_shm: 2, "shm", as_scheduled;
    as_scheduled_on_2_tcp: 2, "tcp", as_scheduled;
    as_scheduled_on_3_shm: 3, "shm", as_scheduled;
    as_scheduled_on_4_shm: 4, "shm", as_scheduled;
    as_scheduled_on_4_tcp: 4, "tcp", as_scheduled;
}

#[drust::test(nodes = 6, seed = 11)]
fn as_the_twin_on_6_simulated() {
    is_as_the_twins::<i32>([50, 40, 30], 8);
}

fn as_the_twins() {
    is_as_the_twins::<f64>([150, 130, 170], 32);
    is_as_the_twins::<f32>([33, 200, 65], 16);
    is_as_the_twins::<i32>([65, 64, 63], 16);
    is_as_the_twins::<i32>([5, 300, 0], 16);
    is_as_the_twins::<f32>([1, 40, 300], 16);
}

fn is_as_the_twins<T: Value + twin::Value>(sizes: [usize; 3], tile: usize) {
    let [rows, inner, cols] = sizes;
    let product = Product::plan(rows, inner, cols, Some(tile), node::count());
    let (a, b) = (generate::<T>(product.a(), 1), generate::<T>(product.b(), at(1, 1)));
    let c = multiply(&a, &b);
    assert!(check(&a, &b, &c, 7).holds());
    let job = Job { sizes, tile: Some(tile), rounds: 1, seed: 1 };
    let (_, twins) = twin::multiply_generated::<T>(job, &mut |product| product());
    let ours = numbers(&c);
    assert_eq!(ours.len(), twins.len());
    assert!(ours.iter().zip(&twins).all(|(our, twins)| our.is_like(*twins, inner)), "{sizes:?}");
}

fn as_scheduled() {
    fetches_what_the_schedule_says::<f64>([256, 192, 320], 32);
    fetches_what_the_schedule_says::<f32>([100, 230, 70], 32);
    fetches_what_the_schedule_says::<i32>([20, 500, 20], 32);
}

/// Every tile that a node needs comes once, and nothing else but the lists of tiles.
fn fetches_what_the_schedule_says<T: Value>([rows, inner, cols]: [usize; 3], tile: usize) {
    let product = Product::plan(rows, inner, cols, Some(tile), node::count());
    let (a, b) = (generate::<T>(product.a(), 1), generate::<T>(product.b(), 2));
    let (c, counts) = stats::count(|| multiply(&a, &b));
    let sizes = [rows, inner, cols];
    assert_eq!(counts.bytes_read, product.bytes_to_fetch::<T>() as u64, "{sizes:?} on {} nodes", node::count());
    let (a_goes, b_goes) = (product.c().grid.cols - 1, product.c().grid.rows - 1);
    if rows >= tile * node::count() && cols >= tile * node::count() {
        // All nodes have a share: the formula of the algorithm SUMMA.
        assert_eq!(product.numbers_to_fetch(), rows * inner * a_goes + inner * cols * b_goes);
    }
    assert!(check(&a, &b, &c, 1).holds());
}
