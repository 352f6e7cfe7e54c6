//! The end of a request, decided: from what was loaded, what was asked and how it went, to what is owed.

/// Where the session that a handler worked with came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The visitor brought no session cookie.
    Nobody,
    /// The visitor brought a cookie that leads to nothing: malformed, unknown or expired.
    DeadCookie,
    /// The visitor's own token.
    OwnToken,
    /// A token that was renewed a moment ago; the new cookie is on its way with another response.
    OldToken,
    /// A token that a login made worthless a moment ago; the new cookie is on its way likewise.
    ReplacedToken,
    /// The token of a session that others can read and this site can't.
    Unreadable,
}

/// What the handler asked for beside changing values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Nothing.
    #[default]
    Stay,
    /// A new token for the same session.
    Renew,
    /// A new token, and the old one must be worth nothing at once.
    Replace,
    /// The same because somebody signed in.
    SignIn,
}

/// All that the decision depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) from: Source,
    pub(crate) intent: Intent,
    /// The handler ended the session that was loaded; what it did after that is a new one's.
    pub(crate) ended: bool,
    /// Values, user or expiry are not as they were.
    pub(crate) changed: bool,
    /// There is no session in the store, and nothing to remember in a new one.
    pub(crate) empty: bool,
    /// It is time to push the deadline forward.
    pub(crate) push_due: bool,
    /// The cookie outlives the browser, so that it has a deadline of its own.
    pub(crate) lasting_cookie: bool,
    /// It is time to note that the session is in use.
    pub(crate) visit_due: bool,
}

/// What the store is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Nothing,
    /// Nothing, and the visitor is asked to try again, which will be with the new cookie.
    Retry,
    /// Nothing, and the visitor is told that it can't be done: what can't be read here is not written over.
    Refuse,
    Create,
    Save,
    /// Save the new deadline, or that the session is in use, only; somebody else's save does as well.
    Push,
    /// Move the session to a new key, with what was changed.
    Renew,
    /// The same, and requests that come with the old token find nothing.
    Replace,
    /// The same because somebody signed in.
    SignIn,
    /// Sign in although another request has just done so: with a copy, if it was the same user.
    SignInBeside,
    Delete,
    DeleteAndCreate,
}

/// What the browser is to do, once the store has done its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ticket {
    Keep,
    Give,
    TakeBack,
}

/// What is owed at the end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) step: Step,
    pub(crate) ticket: Ticket,
}

impl Plan {
    /// Nothing is owed to anybody.
    pub(crate) const NOTHING: Self = Self {
        step: Step::Nothing,
        ticket: Ticket::Keep,
    };
}

/// Decides what is owed.
pub(crate) fn plan(facts: Facts) -> Plan {
    let fresh = facts.changed && !facts.empty;
    let (step, ticket) = match facts.from {
        Source::Nobody if fresh => (Step::Create, Ticket::Give),
        Source::Nobody => (Step::Nothing, Ticket::Keep),
        Source::DeadCookie if fresh => (Step::Create, Ticket::Give),
        Source::DeadCookie => (Step::Nothing, Ticket::TakeBack),
        Source::ReplacedToken if fresh && facts.intent == Intent::SignIn => {
            (Step::SignInBeside, Ticket::Give)
        }
        // A cookie given now would take the place of the one that signs the visitor in.
        Source::ReplacedToken if fresh => (Step::Retry, Ticket::Keep),
        Source::ReplacedToken => (Step::Nothing, Ticket::Keep),
        Source::Unreadable if fresh && facts.intent == Intent::SignIn => {
            (Step::Create, Ticket::Give)
        }
        Source::Unreadable if fresh => (Step::Refuse, Ticket::Keep),
        Source::Unreadable => (Step::Nothing, Ticket::Keep),
        Source::OwnToken | Source::OldToken if facts.ended && fresh => {
            (Step::DeleteAndCreate, Ticket::Give)
        }
        Source::OwnToken | Source::OldToken if facts.ended => (Step::Delete, Ticket::TakeBack),
        Source::OwnToken | Source::OldToken if facts.intent == Intent::Renew => {
            (Step::Renew, Ticket::Give)
        }
        Source::OwnToken | Source::OldToken if facts.intent == Intent::Replace => {
            (Step::Replace, Ticket::Give)
        }
        Source::OwnToken | Source::OldToken if facts.intent == Intent::SignIn => {
            (Step::SignIn, Ticket::Give)
        }
        Source::OwnToken => (step_in_place(facts), ticket_in_place(facts)),
        Source::OldToken => (step_in_place(facts), Ticket::Keep),
    };
    Plan { step, ticket }
}

fn step_in_place(facts: Facts) -> Step {
    match (facts.changed, facts.push_due || facts.visit_due) {
        (true, _) => Step::Save,
        (false, true) => Step::Push,
        (false, false) => Step::Nothing,
    }
}

fn ticket_in_place(facts: Facts) -> Ticket {
    if facts.lasting_cookie && facts.push_due {
        Ticket::Give
    } else {
        Ticket::Keep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_a_request_can_end_has_its_row() {
        use Intent::{Renew, Replace, SignIn, Stay};
        use Source::{DeadCookie, Nobody, OldToken, OwnToken, ReplacedToken, Unreadable};
        const Y: bool = true;
        const N: bool = false;
        let rows = [
            // from, intent, ended, changed, empty, push due, lasting cookie -> step, ticket
            (Nobody, Stay, N, N, Y, N, N, Step::Nothing, Ticket::Keep),
            (Nobody, Stay, N, Y, N, N, N, Step::Create, Ticket::Give),
            (Nobody, Stay, N, Y, Y, N, N, Step::Nothing, Ticket::Keep),
            (Nobody, Renew, N, N, Y, N, N, Step::Nothing, Ticket::Keep),
            (Nobody, SignIn, N, Y, N, N, N, Step::Create, Ticket::Give),
            (Nobody, Stay, Y, N, Y, N, N, Step::Nothing, Ticket::Keep),
            (
                DeadCookie,
                Stay,
                N,
                N,
                Y,
                N,
                N,
                Step::Nothing,
                Ticket::TakeBack,
            ),
            (DeadCookie, Stay, N, Y, N, N, N, Step::Create, Ticket::Give),
            (
                DeadCookie,
                Stay,
                Y,
                N,
                Y,
                N,
                N,
                Step::Nothing,
                Ticket::TakeBack,
            ),
            (
                DeadCookie,
                SignIn,
                N,
                Y,
                N,
                N,
                N,
                Step::Create,
                Ticket::Give,
            ),
            (OwnToken, Stay, N, N, N, N, N, Step::Nothing, Ticket::Keep),
            (OwnToken, Stay, N, N, N, N, Y, Step::Nothing, Ticket::Keep),
            (OwnToken, Stay, N, N, N, Y, N, Step::Push, Ticket::Keep),
            (OwnToken, Stay, N, N, N, Y, Y, Step::Push, Ticket::Give),
            (OwnToken, Stay, N, Y, N, N, N, Step::Save, Ticket::Keep),
            (OwnToken, Stay, N, Y, N, N, Y, Step::Save, Ticket::Keep),
            (OwnToken, Stay, N, Y, N, Y, Y, Step::Save, Ticket::Give),
            (OwnToken, Stay, N, Y, Y, N, N, Step::Save, Ticket::Keep),
            (OwnToken, Renew, N, N, N, N, N, Step::Renew, Ticket::Give),
            (OwnToken, Renew, N, Y, N, Y, Y, Step::Renew, Ticket::Give),
            (
                OwnToken,
                Replace,
                N,
                Y,
                N,
                N,
                N,
                Step::Replace,
                Ticket::Give,
            ),
            (
                OwnToken,
                Replace,
                N,
                N,
                N,
                Y,
                Y,
                Step::Replace,
                Ticket::Give,
            ),
            (OwnToken, SignIn, N, Y, N, N, N, Step::SignIn, Ticket::Give),
            (
                OwnToken,
                Stay,
                Y,
                N,
                Y,
                N,
                N,
                Step::Delete,
                Ticket::TakeBack,
            ),
            (
                OwnToken,
                Renew,
                Y,
                N,
                Y,
                Y,
                Y,
                Step::Delete,
                Ticket::TakeBack,
            ),
            (
                OwnToken,
                Stay,
                Y,
                Y,
                N,
                N,
                N,
                Step::DeleteAndCreate,
                Ticket::Give,
            ),
            (
                OwnToken,
                SignIn,
                Y,
                Y,
                N,
                N,
                N,
                Step::DeleteAndCreate,
                Ticket::Give,
            ),
            (OldToken, Stay, N, N, N, N, N, Step::Nothing, Ticket::Keep),
            (OldToken, Stay, N, Y, N, Y, Y, Step::Save, Ticket::Keep),
            (OldToken, Stay, N, N, N, Y, Y, Step::Push, Ticket::Keep),
            (OldToken, Renew, N, N, N, N, N, Step::Renew, Ticket::Give),
            (
                OldToken,
                Replace,
                N,
                Y,
                N,
                N,
                N,
                Step::Replace,
                Ticket::Give,
            ),
            (
                OldToken,
                Stay,
                Y,
                N,
                Y,
                N,
                N,
                Step::Delete,
                Ticket::TakeBack,
            ),
            (
                ReplacedToken,
                Stay,
                N,
                N,
                Y,
                N,
                N,
                Step::Nothing,
                Ticket::Keep,
            ),
            (
                ReplacedToken,
                Stay,
                N,
                Y,
                N,
                N,
                N,
                Step::Retry,
                Ticket::Keep,
            ),
            (
                ReplacedToken,
                SignIn,
                N,
                Y,
                N,
                N,
                N,
                Step::SignInBeside,
                Ticket::Give,
            ),
            (Unreadable, Stay, N, N, Y, N, N, Step::Nothing, Ticket::Keep),
            (Unreadable, Stay, N, Y, N, N, N, Step::Refuse, Ticket::Keep),
            (
                Unreadable,
                SignIn,
                N,
                Y,
                N,
                N,
                N,
                Step::Create,
                Ticket::Give,
            ),
            (Unreadable, Stay, Y, N, Y, N, N, Step::Nothing, Ticket::Keep),
        ];
        for (from, intent, ended, changed, empty, push_due, lasting_cookie, step, ticket) in rows {
            let facts = Facts {
                from,
                intent,
                ended,
                changed,
                empty,
                push_due,
                lasting_cookie,
                visit_due: false,
            };
            assert_eq!(plan(facts), Plan { step, ticket }, "{facts:?}");
        }
    }

    #[test]
    fn a_visit_is_noted_without_a_word_to_the_browser_where_nothing_else_is_saved() {
        use Source::{DeadCookie, Nobody, OldToken, OwnToken};
        let rows = [
            // from, ended, changed -> step, ticket
            (OwnToken, false, false, Step::Push, Ticket::Keep),
            (OldToken, false, false, Step::Push, Ticket::Keep),
            (OwnToken, false, true, Step::Save, Ticket::Keep),
            (OwnToken, true, false, Step::Delete, Ticket::TakeBack),
            (Nobody, false, false, Step::Nothing, Ticket::Keep),
            (DeadCookie, false, false, Step::Nothing, Ticket::TakeBack),
        ];
        for (from, ended, changed, step, ticket) in rows {
            let facts = Facts {
                from,
                intent: Intent::Stay,
                ended,
                changed,
                empty: ended,
                push_due: false,
                lasting_cookie: true,
                visit_due: true,
            };
            assert_eq!(plan(facts), Plan { step, ticket }, "{facts:?}");
        }
    }
}
