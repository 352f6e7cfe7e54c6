//! Doing one thing for many, a few at a time.
use tokio::task::JoinSet;

/// How many ask a store at once.
const AT_ONCE: usize = 16;

/// Does `work` for each of these, a few at a time, and hands each result to `take`.
///
/// After the first error nothing new begins; what has begun is finished before it is returned.
pub(crate) async fn each<I, T, E, W>(
    items: impl IntoIterator<Item = I>,
    mut work: impl FnMut(I) -> W,
    mut take: impl FnMut(T),
) -> Result<(), E>
where
    T: Send + 'static,
    E: Send + 'static,
    W: Future<Output = Result<T, E>> + Send + 'static,
{
    let mut items = items.into_iter();
    let mut at_work = JoinSet::new();
    let mut failed = None;
    loop {
        while failed.is_none() && at_work.len() < AT_ONCE {
            let Some(item) = items.next() else { break };
            at_work.spawn(work(item));
        }
        match at_work.join_next().await {
            None => return failed.map_or(Ok(()), Err),
            Some(done) => match done.expect("the work neither panics nor is cut off") {
                Ok(result) => take(result),
                Err(error) => failed = failed.or(Some(error)),
            },
        }
    }
}
