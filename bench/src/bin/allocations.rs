//! Prints how often each stack allocates in each case, as JSON.
use std::{alloc::System, io};

use cloakroom_bench::{
    Result,
    allocations::{Allocations, HeaderAllocations},
    headers::{Answers, Sheet},
    subject::Subject,
    visitor::Visitor,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Enough to even out a table that grows once in a while.
const REQUESTS: u32 = 1_000;

fn main() -> Result<()> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let count = |subject| runtime.block_on(allocations_per_request(subject));
    let bare = count(Subject::BARE)?;
    let above_bare = Subject::above_bare()
        .into_iter()
        .map(count)
        .collect::<Result<_>>()?;
    Ok(serde_json::to_writer(
        io::stdout(),
        &Allocations {
            bare,
            above_bare,
            headers: runtime.block_on(headers())?,
        },
    )?)
}

async fn headers() -> Result<HeaderAllocations> {
    let off = allocations_per_answer(Sheet::Off).await?;
    Ok(HeaderAllocations {
        defaults: allocations_per_answer(Sheet::Defaults).await? - off,
        all: allocations_per_answer(Sheet::All).await? - off,
        all_with_nonce: allocations_per_answer(Sheet::AllWithNonce).await? - off,
    })
}

async fn allocations_per_answer(sheet: Sheet) -> Result<f64> {
    let mut answers = Answers::of(sheet).await?;
    let region = Region::new(ALLOCATOR);
    answers.give(REQUESTS).await;
    let change = region.change();
    Ok((change.allocations + change.reallocations) as f64 / f64::from(REQUESTS))
}

async fn allocations_per_request(subject: Subject) -> Result<f64> {
    let mut visitor = Visitor::new(subject).await?;
    let region = Region::new(ALLOCATOR);
    visitor.visit(REQUESTS).await?;
    let change = region.change();
    Ok((change.allocations + change.reallocations) as f64 / f64::from(REQUESTS))
}
