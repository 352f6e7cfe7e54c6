//! The connections that requests share: opened when they are needed, replaced when they end.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::error::StoreError;
use crate::store::postgres::NAME;
use crate::store::postgres::address::Address;
use crate::store::postgres::link::{Link, Work};

/// How long no further connection is tried after one could not be opened, while others serve.
const REST: Duration = Duration::from_secs(1);

/// Of requests that change nothing, so many share a connection before the next is used: those that come at the same time go in
/// one packet, and one process of the server answers them without being woken for each.
const SHARE: usize = 8;

/// Some connections to one server.
///
/// A request takes the one with the fewest requests under way, or one that it may share, and never waits for a new one unless
/// there is none.
#[derive(Debug)]
pub(super) struct Lines {
    address: Arc<Address>,
    work: Work,
    most: usize,
    response: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    open: Vec<Arc<Link>>,
    opening: Option<Opening>,
    rest_until: Option<Instant>,
    closed: bool,
}

/// How opening a connection went, once that is known.
type Opening = watch::Receiver<Option<Result<(), StoreError>>>;

/// What a request finds.
enum Found {
    Link(Arc<Link>),
    Wait(Opening),
}

impl Lines {
    pub(super) fn new(address: Arc<Address>, work: Work, most: usize, response: Duration) -> Self {
        Self {
            address,
            work,
            most,
            response,
            state: Arc::default(),
        }
    }

    /// Returns a connection to send a request on.
    pub(super) async fn link(&self) -> Result<Arc<Link>, StoreError> {
        self.link_or_shared(None).await
    }

    /// Returns a connection on which others may be waiting for quick answers as well.
    pub(super) async fn shared_link(&self) -> Result<Arc<Link>, StoreError> {
        self.link_or_shared(Some(SHARE)).await
    }

    async fn link_or_shared(&self, share: Option<usize>) -> Result<Arc<Link>, StoreError> {
        loop {
            let mut opening = match self.find(share)? {
                Found::Link(link) => return Ok(link),
                Found::Wait(opening) => opening,
            };
            // An error here means that the task ended with its runtime; then another one tries.
            if let Ok(opened) = opening.wait_for(Option::is_some).await {
                opened.clone().transpose()?;
            }
        }
    }

    fn find(&self, share: Option<usize>) -> Result<Found, StoreError> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(StoreError::new(NAME, "be used")
                .because("it was closed")
                .remedy("the site is stopping"));
        }
        state.open.retain(|link| link.serves());
        if let Some(link) = share.and_then(|share| state.roomy(share)) {
            return Ok(Found::Link(link));
        }
        // Every request under way holds its connection.
        let idlest = state.open.iter().min_by_key(|link| Arc::strong_count(link));
        let Some(link) = idlest.cloned() else {
            return Ok(Found::Wait(self.opening(&mut state)));
        };
        // The list holds one, and this request another.
        let is_busy = Arc::strong_count(&link) > 2;
        let rests = state.rest_until.is_some_and(|until| Instant::now() < until);
        if is_busy && state.open.len() < self.most && !rests {
            self.opening(&mut state);
        }
        Ok(Found::Link(link))
    }

    /// Opens a connection in a task of its own, unless one is being opened: a request that is given up
    /// meanwhile takes nothing along.
    fn opening(&self, state: &mut State) -> Opening {
        let under_way = state.opening.take();
        if let Some(opening) = under_way.filter(|opening| opening.has_changed().is_ok()) {
            state.opening = Some(opening.clone());
            return opening;
        }
        let (tell, opening) = watch::channel(None);
        state.opening = Some(opening.clone());
        let (work, response) = (self.work, self.response);
        let (address, state) = (self.address.clone(), self.state.clone());
        tokio::spawn(async move {
            let opened = Link::open(&address, work, response).await;
            tell.send_replace(Some(lock(&state).note(opened)));
        });
        opening
    }

    /// Ends all connections; those with requests under way end with them.
    pub(super) async fn close(&self) {
        let open = {
            let mut state = lock(&self.state);
            state.closed = true;
            std::mem::take(&mut state.open)
        };
        for link in open.into_iter().filter_map(Arc::into_inner) {
            link.close().await;
        }
    }
}

impl State {
    /// Returns the first connection with room for one more among so many.
    fn roomy(&self, share: usize) -> Option<Arc<Link>> {
        let now = Instant::now();
        // The list holds one.
        let has_room = |link: &&Arc<Link>| Arc::strong_count(link) <= share && link.flows(now);
        self.open.iter().find(has_room).cloned()
    }

    fn note(&mut self, opened: Result<Link, StoreError>) -> Result<(), StoreError> {
        self.opening = None;
        match opened {
            Ok(_) if self.closed => {}
            Ok(link) => {
                self.rest_until = None;
                self.open.push(Arc::new(link));
            }
            Err(error) => {
                self.rest_until = Some(Instant::now() + REST);
                tracing::warn!(%error, "a connection could not be opened");
                return Err(error);
            }
        }
        Ok(())
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
