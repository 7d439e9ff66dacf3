//! The commands there are, as COMMAND tells of them and as requests are checked against.

/// A command.
#[derive(Debug)]
pub struct Entry {
    /// In small letters.
    pub name: &'static str,
    /// How many arguments it has, its name among them; below zero: at least.
    pub arity: i64,
    /// What Redis says of it, between blanks.
    pub flags: &'static str,
    /// The first key, the last one (from the end where below zero), and the step between them; zeros: none.
    pub keys: (i64, i64, i64),
    /// The part of the documentation that it is in.
    pub group: &'static str,
    /// What it does.
    pub summary: &'static str,
}

impl Entry {
    /// Whether so many arguments fit.
    pub fn takes(&self, arguments: usize) -> bool {
        let arguments = arguments as i64;
        if self.arity < 0 { arguments >= -self.arity } else { arguments == self.arity }
    }

    /// Whether it may need memory, and is refused where there is none.
    pub fn needs_memory(&self) -> bool {
        self.flags.contains("denyoom")
    }
}

/// A command by its name, in whichever letters.
pub fn find(name: &[u8]) -> Option<&'static Entry> {
    let order = |entry: &Entry| {
        let lower = name.iter().map(u8::to_ascii_lowercase);
        entry.name.bytes().cmp(lower)
    };
    ENTRIES.binary_search_by(order).ok().map(|at| &ENTRIES[at])
}

const NONE: (i64, i64, i64) = (0, 0, 0);
const ONE: (i64, i64, i64) = (1, 1, 1);
const ALL: (i64, i64, i64) = (1, -1, 1);

type Row = (&'static str, i64, &'static str, (i64, i64, i64), &'static str, &'static str);

const fn entry((name, arity, flags, keys, group, summary): Row) -> Entry {
    Entry { name, arity, flags, keys, group, summary }
}

/// All of them, by name.
#[rustfmt::skip]
pub const ENTRIES: [Entry; 67] = [
    entry(("append", 3, "write denyoom fast", ONE, "string", "Appends a string to the value of a key.")),
    entry(("auth", -2, "noscript fast", NONE, "connection", "Is refused: there are no passwords.")),
    entry(("client", -2, "noscript", NONE, "connection", "ID, GETNAME, SETNAME, SETINFO, NO-EVICT, NO-TOUCH.")),
    entry(("command", -1, "loading stale", NONE, "server", "COUNT, DOCS, INFO, LIST: tells of the commands.")),
    entry(("config", -2, "admin noscript", NONE, "server", "GET, SET, RESETSTAT: the settings.")),
    entry(("dbsize", 1, "readonly fast", NONE, "server", "Returns the number of keys.")),
    entry(("decr", 2, "write denyoom fast", ONE, "string", "Decrements the integer value of a key by one.")),
    entry(("decrby", 3, "write denyoom fast", ONE, "string", "Decrements the integer value of a key.")),
    entry(("del", -2, "write", ALL, "generic", "Deletes keys.")),
    entry(("echo", 2, "fast", NONE, "connection", "Returns the given string.")),
    entry(("exists", -2, "readonly fast", ALL, "generic", "Counts which of the keys exist.")),
    entry(("expire", -3, "write fast", ONE, "generic", "Sets the expiry of a key in seconds.")),
    entry(("expireat", -3, "write fast", ONE, "generic", "Sets the expiry of a key to a Unix time.")),
    entry(("expiretime", 2, "readonly fast", ONE, "generic", "Returns the expiry of a key as a Unix time.")),
    entry(("flushall", -1, "write", NONE, "server", "Removes all keys.")),
    entry(("flushdb", -1, "write", NONE, "server", "Removes all keys.")),
    entry(("get", 2, "readonly fast", ONE, "string", "Returns the string value of a key.")),
    entry(("getdel", 2, "write fast", ONE, "string", "Returns the string value of a key and deletes it.")),
    entry(("getex", -2, "write fast", ONE, "string", "Returns the string value of a key and sets its expiry.")),
    entry(("getrange", 4, "readonly", ONE, "string", "Returns a part of the string value of a key.")),
    entry(("getset", 3, "write denyoom fast", ONE, "string", "Sets a key and returns its value before.")),
    entry(("hdel", -3, "write fast", ONE, "hash", "Deletes fields of a hash.")),
    entry(("hello", -1, "noscript fast", NONE, "connection", "Chooses the version of the protocol.")),
    entry(("hexists", 3, "readonly fast", ONE, "hash", "Tells whether a hash has a field.")),
    entry(("hget", 3, "readonly fast", ONE, "hash", "Returns the value of a field of a hash.")),
    entry(("hgetall", 2, "readonly", ONE, "hash", "Returns all fields of a hash with their values.")),
    entry(("hincrby", 4, "write denyoom fast", ONE, "hash", "Increments the integer value of a field.")),
    entry(("hincrbyfloat", 4, "write denyoom fast", ONE, "hash", "Increments the number in a field.")),
    entry(("hkeys", 2, "readonly", ONE, "hash", "Returns all fields of a hash.")),
    entry(("hlen", 2, "readonly fast", ONE, "hash", "Returns the number of fields of a hash.")),
    entry(("hmget", -3, "readonly fast", ONE, "hash", "Returns the values of fields of a hash.")),
    entry(("hmset", -4, "write denyoom fast", ONE, "hash", "Sets fields of a hash.")),
    entry(("hscan", -3, "readonly", ONE, "hash", "Goes through the fields of a hash, page by page.")),
    entry(("hset", -4, "write denyoom fast", ONE, "hash", "Sets fields of a hash; returns how many are new.")),
    entry(("hsetnx", 4, "write denyoom fast", ONE, "hash", "Sets a field of a hash, if it is new.")),
    entry(("hstrlen", 3, "readonly fast", ONE, "hash", "Returns the length of the value of a field.")),
    entry(("hvals", 2, "readonly", ONE, "hash", "Returns all values of a hash.")),
    entry(("incr", 2, "write denyoom fast", ONE, "string", "Increments the integer value of a key by one.")),
    entry(("incrby", 3, "write denyoom fast", ONE, "string", "Increments the integer value of a key.")),
    entry(("incrbyfloat", 3, "write denyoom fast", ONE, "string", "Increments the number in a key.")),
    entry(("info", -1, "loading stale", NONE, "server", "Tells of the server.")),
    entry(("keys", 2, "readonly", NONE, "generic", "Returns all keys that match a pattern.")),
    entry(("mget", -2, "readonly fast", ALL, "string", "Returns the string values of many keys.")),
    entry(("mset", -3, "write denyoom", (1, -1, 2), "string", "Sets many keys; each by itself.")),
    entry(("persist", 2, "write fast", ONE, "generic", "Takes the expiry of a key away.")),
    entry(("pexpire", -3, "write fast", ONE, "generic", "Sets the expiry of a key in milliseconds.")),
    entry(("pexpireat", -3, "write fast", ONE, "generic", "Sets the expiry of a key to a time in milliseconds.")),
    entry(("pexpiretime", 2, "readonly fast", ONE, "generic", "Returns the expiry of a key in milliseconds.")),
    entry(("ping", -1, "fast", NONE, "connection", "Returns PONG, or the given string.")),
    entry(("psetex", 4, "write denyoom", ONE, "string", "Sets a key and its expiry in milliseconds.")),
    entry(("pttl", 2, "readonly fast", ONE, "generic", "Returns the milliseconds until a key expires.")),
    entry(("quit", -1, "fast", NONE, "connection", "Ends the connection.")),
    entry(("randomkey", 1, "readonly", NONE, "generic", "Returns some key.")),
    entry(("reset", 1, "fast", NONE, "connection", "Makes the connection one that has just begun.")),
    entry(("scan", -2, "readonly", NONE, "generic", "Goes through the keys, page by page.")),
    entry(("select", 2, "fast", NONE, "connection", "Chooses the database; there is one, 0.")),
    entry(("set", -3, "write denyoom", ONE, "string", "Sets a key to a string.")),
    entry(("setex", 4, "write denyoom", ONE, "string", "Sets a key and its expiry in seconds.")),
    entry(("setnx", 3, "write denyoom fast", ONE, "string", "Sets a key, if it is new.")),
    entry(("shutdown", -1, "admin noscript", NONE, "server", "Ends the servers of all nodes.")),
    entry(("strlen", 2, "readonly fast", ONE, "string", "Returns the length of the string value of a key.")),
    entry(("substr", 4, "readonly", ONE, "string", "As GETRANGE.")),
    entry(("time", 1, "fast", NONE, "server", "Returns the time of day.")),
    entry(("touch", -2, "readonly fast", ALL, "generic", "Counts which of the keys exist.")),
    entry(("ttl", 2, "readonly fast", ONE, "generic", "Returns the seconds until a key expires.")),
    entry(("type", 2, "readonly fast", ONE, "generic", "Returns the type of the value of a key.")),
    entry(("unlink", -2, "write fast", ALL, "generic", "Deletes keys.")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_in_whichever_letters() {
        assert!(ENTRIES.is_sorted_by_key(|entry| entry.name));
        for entry in &ENTRIES {
            assert_eq!(find(entry.name.to_uppercase().as_bytes()).map(|found| found.name), Some(entry.name));
        }
        assert!(find(b"").is_none() && find(b"gets").is_none() && find(b"\xff").is_none());
    }

    #[test]
    fn arities_are_exact_or_least() {
        let get = find(b"Get").unwrap();
        assert!(get.takes(2) && !get.takes(1) && !get.takes(3) && !get.needs_memory());
        let set = find(b"set").unwrap();
        assert!(!set.takes(2) && set.takes(3) && set.takes(9) && set.needs_memory());
    }
}
