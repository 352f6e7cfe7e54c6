//! The messages of one visit, as a handler and a template hold them.
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::clock::Timestamp;
use crate::cookie::CookieHeaders;
use crate::error::Result;
use crate::messages::filled::filled;
use crate::messages::settle::{Board, need_session, settle};
use crate::messages::wire::read;
use crate::messages::{
    Arrived, Brought, Level, Message, Place, Settings, Settled, Storage, Text, Wire,
};

/// Says something now and shows it on the next page.
///
/// A cheap handle: clones share the same visit. Messages are over once somebody iterated over them,
/// and only then: what no page shows waits, however many redirects that takes.
///
/// ```
/// # use cloakroom::Messages;
/// async fn save(messages: Messages) {
///     messages.success("Saved.");
/// }
///
/// async fn page(messages: Messages) -> String {
///     messages
///         .iter()
///         .map(|message| format!("<p class=\"{}\">{message}</p>", message.tags()))
///         .collect()
/// }
/// ```
#[derive(Clone)]
pub struct Messages {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<Settings>,
    sent: Option<CookieHeaders>,
    state: Mutex<State>,
}

struct State {
    board: Board,
    brought: Option<Brought>,
    minimum: Level,
    /// What was added and shown in this very request, in case the page fails after all.
    shown_at_once: Vec<Wire>,
    closed: bool,
}

/// What came with a request.
pub(crate) struct Luggage {
    /// What another program left that shares messages.
    pub(crate) brought: Option<Brought>,
    pub(crate) arrived: Vec<Arrived>,
    pub(crate) in_session: Vec<Wire>,
    pub(crate) place: Place,
    pub(crate) has_session: bool,
    /// The request's cookies, with which the session is loaded after all when what is said does not fit into its cookie.
    pub(crate) sent: Option<CookieHeaders>,
}

impl Messages {
    pub(crate) fn new(luggage: Luggage, settings: Arc<Settings>) -> Self {
        let board = Board {
            arrived: luggage.arrived,
            in_session: luggage.in_session,
            added: Vec::new(),
            shown: false,
            place: luggage.place,
            has_session: luggage.has_session,
        };
        let state = Mutex::new(State {
            brought: luggage.brought,
            board,
            minimum: settings.minimum,
            shown_at_once: Vec::new(),
            closed: false,
        });
        Self {
            inner: Arc::new(Inner {
                settings,
                sent: luggage.sent,
                state,
            }),
        }
    }

    /// Adds a message for developers.
    pub fn debug(&self, text: impl Into<Text>) {
        self.add(Level::DEBUG, text);
    }

    /// Adds a message for the visitor to know.
    pub fn info(&self, text: impl Into<Text>) {
        self.add(Level::INFO, text);
    }

    /// Adds a message that what was asked for is done.
    pub fn success(&self, text: impl Into<Text>) {
        self.add(Level::SUCCESS, text);
    }

    /// Adds a message that something is about to go wrong.
    pub fn warning(&self, text: impl Into<Text>) {
        self.add(Level::WARNING, text);
    }

    /// Adds a message that what was asked for was not done.
    pub fn error(&self, text: impl Into<Text>) {
        self.add(Level::ERROR, text);
    }

    /// Adds a message that what was asked for is done, with a form's fields in its text.
    ///
    /// Each place in braces is filled with the field of that name; `{{` and `}}` stand for one
    /// brace. The text is plain, so what a visitor typed is escaped when it is shown.
    ///
    /// ```
    /// # use cloakroom::Messages;
    /// # use serde::Serialize;
    /// #[derive(Serialize)]
    /// struct Post {
    ///     title: String,
    /// }
    ///
    /// fn save(messages: &Messages, post: &Post) -> cloakroom::Result<()> {
    ///     messages.success_with("{title} post saved.", post)?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// When a place names no field, or one that is neither text, number nor truth value, or braces
    /// don't match. Nothing is added then.
    pub fn success_with(&self, text: &str, form: &impl Serialize) -> Result<Added<'_>> {
        self.add_with(Level::SUCCESS, text, form)
    }

    /// Adds a message of any level with a form's fields in its text. See [`Messages::success_with`].
    ///
    /// # Errors
    /// As there.
    pub fn add_with(&self, level: Level, text: &str, form: &impl Serialize) -> Result<Added<'_>> {
        Ok(self.add(level, filled(text, form)?))
    }

    /// Adds a message of any level, which can then be given tags.
    ///
    /// Empty texts and levels below the minimum are left out. After the headers have gone out the
    /// message can't be kept any more, which is traced as an error.
    pub fn add(&self, level: Level, text: impl Into<Text>) -> Added<'_> {
        let text = text.into();
        let mut state = self.state();
        if text.as_str().is_empty() || level < state.minimum {
            return Added { added: None };
        }
        if state.closed {
            metrics::counter!("cloakroom_messages_dropped_total").increment(1);
            tracing::error!("a message was added after the response's headers had gone out");
            return Added { added: None };
        }
        let wire = Wire::new(state.next_turn(), level, text, "");
        let id = wire.id;
        match &mut state.board.added {
            // Most handlers say one thing.
            none if none.is_empty() => *none = vec![wire],
            some => some.push(wire),
        }
        Added {
            added: Some((self, id)),
        }
    }

    /// Drops messages below this level, for the rest of this request; `None` is the site's own minimum.
    pub fn set_minimum(&self, level: Option<Level>) {
        self.state().minimum = level.unwrap_or(self.inner.settings.minimum);
    }

    /// Returns the waiting messages, oldest first, and marks them as shown.
    #[must_use]
    pub fn take(&self) -> Vec<Message> {
        let mut state = self.state();
        let all = self.read(&state.waiting());
        state.board.shown = true;
        let added = std::mem::take(&mut state.board.added);
        state.shown_at_once.extend(added);
        all
    }

    /// Returns the waiting messages without marking them as shown.
    #[must_use]
    pub fn peek(&self) -> Vec<Message> {
        self.read(&self.state().waiting())
    }

    /// Shows the waiting messages, oldest first. As [`Messages::take`].
    pub fn iter(&self) -> std::vec::IntoIter<Message> {
        self.take().into_iter()
    }

    /// Returns how many messages wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().waiting().len()
    }

    /// Says whether no message waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Decides where messages go now that the request ends.
    ///
    /// After a server error nothing counts as shown: the visitor did not see the page.
    pub(crate) fn settle(&self, server_error: bool, now: impl FnOnce() -> Timestamp) -> Settled {
        let mut state = self.state();
        state.closed = true;
        if server_error {
            state.take_back();
        }
        let settings = &self.inner.settings;
        settled(&state.board, state.brought.as_ref(), settings, now)
    }

    /// Says whether something that was said will not fit into the cookies, so that it needs the session.
    pub(crate) fn need_session(&self, server_error: bool) -> bool {
        if self.inner.settings.storage != Storage::Fallback {
            return false;
        }
        let mut state = self.state();
        if server_error {
            state.take_back();
        }
        !state.board.added.is_empty() && need_session(&state.board, &self.inner.settings)
    }

    /// Says whether a message was shown, which a second look at the same page would show again.
    pub(crate) fn showed_any(&self) -> bool {
        let state = self.state();
        let board = &state.board;
        let mut in_cookies = board.arrived.iter().filter_map(|one| one.messages.as_ref());
        let arrived = in_cookies.any(|all| !all.is_empty()) || !board.in_session.is_empty();
        (board.shown && arrived) || !state.shown_at_once.is_empty()
    }

    /// Returns what another program left that shares messages.
    pub(crate) fn brought(&self) -> Option<Brought> {
        self.state().brought.clone()
    }

    /// Returns the request's cookies, where the session was not loaded with them.
    pub(crate) fn sent(&self) -> Option<&CookieHeaders> {
        self.inner.sent.as_ref()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    fn read(&self, all: &[&Wire]) -> Vec<Message> {
        let settings = &self.inner.settings;
        all.iter()
            .map(|wire| {
                let tag = settings.tag_of(Level::new(wire.level));
                Message::read(wire, tag)
            })
            .collect()
    }

    fn tag(&self, id: u64, tags: &str) {
        let mut state = self.state();
        let added = &mut state.board.added;
        if let Some(wire) = added.iter_mut().find(|wire| wire.id == id) {
            tags.clone_into(&mut wire.tags);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decides, by another program's rules where that one keeps messages.
fn settled(
    board: &Board,
    brought: Option<&Brought>,
    settings: &Settings,
    now: impl FnOnce() -> Timestamp,
) -> Settled {
    match (&settings.keeps, brought) {
        (Some(keeps), Some(brought)) => Settled {
            left: Some(keeps.settle(brought, board.shown, &board.added, now())),
            ..Settled::default()
        },
        _ => settle(board, settings),
    }
}

impl State {
    /// Counts nothing as shown: the visitor did not see the page.
    fn take_back(&mut self) {
        self.board.shown = false;
        let mut added = std::mem::take(&mut self.shown_at_once);
        added.append(&mut self.board.added);
        self.board.added = added;
    }

    /// Returns what nobody has shown yet, each once, in the order in which it was said.
    fn waiting(&self) -> Vec<&Wire> {
        let before = self.brought().filter(|_| !self.board.shown);
        let mut waiting: Vec<_> = before.chain(&self.board.added).collect();
        waiting.sort_by_key(|wire| (wire.turn, wire.id));
        // One that waited in two places is the same in both, and so stands beside itself now.
        waiting.dedup_by_key(|wire| wire.id);
        waiting
    }

    /// Returns what came with the request.
    fn brought(&self) -> impl Iterator<Item = &Wire> {
        let cookies = self.board.arrived.iter();
        cookies
            .filter_map(|cookie| cookie.messages.as_ref())
            .flatten()
            .chain(&self.board.in_session)
    }

    fn next_turn(&self) -> u32 {
        let all = self.brought().chain(&self.board.added);
        let last = all.chain(&self.shown_at_once).map(|wire| wire.turn).max();
        last.map_or(0, |last| last.saturating_add(1))
    }
}

impl Wire {
    /// Reads what a cookie held.
    pub(crate) fn read_all(content: &[u8]) -> Option<(Vec<Self>, bool)> {
        read(content)
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }
}

impl IntoIterator for &Messages {
    type Item = Message;
    type IntoIter = std::vec::IntoIter<Message>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Messages {
    type Item = Message;
    type IntoIter = std::vec::IntoIter<Message>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Messages({} waiting)", self.len())
    }
}

/// A message that was just added.
#[derive(Debug)]
pub struct Added<'a> {
    added: Option<(&'a Messages, u64)>,
}

impl Added<'_> {
    /// Gives the message tags, separated by spaces, beside its level's.
    pub fn tags(self, tags: impl AsRef<str>) {
        if let Some((messages, id)) = self.added {
            messages.tag(id, tags.as_ref());
        }
    }
}
