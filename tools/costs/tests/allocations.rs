//! Allocations and calls of the store, for each kind of request, held against `bounds.json`.
use std::alloc::System;

use cloakroom::store::MemoryStore;
use cloakroom::testing::FaultyStore;
use costs::{Case, Layer, Stack, Visitor, bounds};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Enough to even out what grows once in a while.
const VISITS: usize = 200;

// One test, since allocations are counted for the whole process.
#[tokio::test]
async fn no_request_costs_more_than_its_bound() {
    let idle = allocations(Case::Untouched, Layer::Nothing).await;
    let (bounds, mut over) = (bounds(), Vec::new());
    for case in Case::ALL {
        let bound = bounds[case.name()];
        let visits = case.paths().len() as f64;
        let allocations = allocations(case, Layer::Cloakroom).await - idle * visits;
        let calls = store_calls(case).await;
        if allocations > bound.allocations || calls > bound.store_calls {
            over.push(format!(
                "{}: {allocations} allocations and {calls} calls of the store, at most {bound:?}",
                case.name()
            ));
        }
    }
    assert!(over.is_empty(), "{}", over.join("\n"));

    let wasteful = allocations(Case::Untouched, Layer::Wasteful).await - idle;
    let most = bounds["untouched"].allocations;
    assert!(
        wasteful > most,
        "a layer that copies every cookie was not noticed"
    );
}

async fn store_calls(case: Case) -> f64 {
    if case.is_sealed() {
        return 0.0;
    }
    let (store, faults) = FaultyStore::before(MemoryStore::new());
    let mut visitor = Visitor::to(case, Stack::on(store.into())).await;
    let before = faults.all_calls();
    visitor.visit().await;
    (faults.all_calls() - before) as f64
}

async fn allocations(case: Case, layer: Layer) -> f64 {
    let mut visitor = Visitor::to(case, layer.into()).await;
    visitor.visit().await;
    let region = Region::new(ALLOCATOR);
    for _ in 0..VISITS {
        visitor.visit().await;
    }
    let change = region.change();
    let count = (change.allocations + change.reallocations) as f64;
    (count / VISITS as f64).round()
}
