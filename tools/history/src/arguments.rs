//! What can be said on the command line.
use clap::Parser;

/// Lets clients append, count, set, remove, renew, sign in and out on shared sessions, through several
/// nodes of a site on one store, and checks that nothing was lost, came back or was done twice.
///
/// Ends with 1 when a promise was broken, with 2 when it could not be tried.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask history")]
pub(crate) struct Arguments {
    /// The store's URL; with --faults the kind of server to start: postgres, mysql, redis, sentinel,
    /// cluster or memcached. Without it every store that is there is tried, each for itself
    #[arg(long)]
    pub(crate) store: Option<String>,

    /// A cache before that store, each node with its own connection to it
    #[arg(long, requires = "store", conflicts_with = "faults")]
    pub(crate) cache: Option<String>,

    /// How many clients visit at the same time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) clients: u16,

    /// How many requests they send altogether [default: 100000, or 2000 for each store without --store]
    #[arg(long)]
    pub(crate) ops: Option<u64>,

    /// How many browsers the clients share
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) sessions: u16,

    /// How many nodes the site has, each with its own connection to the store
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) nodes: u16,

    /// Decides what the clients do and what is hindered when; another one is drawn each time
    #[arg(long)]
    pub(crate) seed: Option<u64>,

    /// Starts a private server and pauses it, restarts it, kills it and cuts it off meanwhile
    #[arg(long, requires = "store")]
    pub(crate) faults: bool,

    /// Keeps copies in each node; what it answers may then be out of date by as much as is promised
    #[arg(long, requires = "faults")]
    pub(crate) local: bool,

    /// Makes replicas take over as well (sentinel, cluster). Redis replicates after it has answered, so
    /// acknowledged writes may be lost then: what is lost or comes back is shown, and is no failure
    #[arg(long, requires = "faults")]
    pub(crate) failover: bool,
}

impl Arguments {
    /// Returns how many requests one store gets.
    pub(crate) fn ops(&self) -> u64 {
        let of_all = if self.store.is_some() { 100_000 } else { 2_000 };
        self.ops.unwrap_or(of_all)
    }
}
