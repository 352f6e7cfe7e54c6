//! The decisions of a wizard, as pure functions of how its steps stand: where a visitor arrives, what becomes of what
//! they send, and where they go next.
use crate::wizard::{Order, Standing};

/// The button that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Go on; what is wrong is shown.
    Continue,
    /// To the step before, whatever is wrong here.
    Back,
    /// Come back later.
    Save,
    /// To the step at this place; `None` when there is none of that name.
    Goto(Option<usize>),
}

/// Where a visitor wants to return to once a step is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Return {
    /// Nowhere: to the next step.
    #[default]
    Nowhere,
    /// To the step at this place, on which they check their answers.
    Review(usize),
    /// To the end: the step was asked for again.
    End,
}

/// Where a visitor arrives who wants to see a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// At the step they wanted.
    Here(usize),
    /// At another one.
    Elsewhere(usize),
}

/// What becomes of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It takes the place of what was there.
    Stored,
    /// It is what is there already, as when a button was pressed twice.
    Same,
    /// Another page has changed the step since this one was loaded; nothing is overwritten.
    Conflict,
}

/// What a visitor sees next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This step.
    Show(usize),
    /// This step, to return to where they wanted to.
    ShowAndReturn(usize),
    /// The same step with what is wrong.
    Again,
    /// This step with what is wrong: without it there is no end.
    Missing(usize),
    /// The answers to be checked once more, as another page has changed them since they were shown.
    CheckAgain,
    /// That it is saved.
    Saved,
    /// The end.
    Finish,
}

/// Says where a visitor arrives who wants to see the step at `wanted`, or just goes on.
#[must_use]
pub fn arrival(standings: &[Standing], order: Order, wanted: Option<usize>) -> Arrival {
    match wanted.filter(|place| is_reachable(standings, order, *place)) {
        Some(place) => Arrival::Here(place),
        None => Arrival::Elsewhere(current(standings)),
    }
}

/// Says whether a step may be visited.
#[must_use]
pub fn is_reachable(standings: &[Standing], order: Order, place: usize) -> bool {
    let Some((before, [standing, ..])) = standings.split_at_checked(place) else {
        return false;
    };
    let is_passed = |standing: &Standing| !standing.is_active() || standing.is_passed();
    standing.is_active() && (order == Order::Free || before.iter().all(is_passed))
}

/// Returns the step with which the visitor goes on: the first that is open, or the last of all.
#[must_use]
pub fn current(standings: &[Standing]) -> usize {
    let open = standings.iter().position(|one| *one == Standing::Open);
    let last = standings.iter().rposition(|one| one.is_active());
    open.or(last).unwrap_or_default()
}

/// Says what becomes of answers: `is_same` says whether they are what is kept, `None` that nothing is.
#[must_use]
pub fn receive(is_same: Option<bool>, kept: u32, posted: Option<u32>) -> Fate {
    match is_same {
        None => Fate::Stored,
        Some(true) => Fate::Same,
        Some(false) if posted == Some(kept) => Fate::Stored,
        Some(false) => Fate::Conflict,
    }
}

/// What was sent from a step, as far as the way depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The step's place.
    pub at: usize,
    /// The button.
    pub press: Press,
    /// Whether everything is right.
    pub is_valid: bool,
    /// Where the visitor wants to return to.
    pub back_to: Return,
}

/// Says where a visitor goes from a step, by how all steps stand with what was sent.
#[must_use]
pub fn after(standings: &[Standing], order: Order, sent: Sent) -> Next {
    let at = sent.at;
    match sent.press {
        Press::Save => Next::Saved,
        Press::Back => Next::Show(match before(standings, at) {
            Some(place) if is_reachable(standings, order, place) => place,
            Some(_) => current(standings),
            None => first(standings),
        }),
        Press::Goto(wanted) => {
            let (Arrival::Here(place) | Arrival::Elsewhere(place)) =
                arrival(standings, order, wanted);
            Next::Show(place)
        }
        Press::Continue if !is_reachable(standings, order, at) => Next::Show(current(standings)),
        Press::Continue if !sent.is_valid => Next::Again,
        Press::Continue => go_on(standings, sent),
    }
}

fn go_on(standings: &[Standing], sent: Sent) -> Next {
    match sent.back_to {
        Return::Review(review)
            if review != sent.at && standings.get(review).is_some_and(|one| one.is_active()) =>
        {
            let open = standings[..review]
                .iter()
                .position(|one| *one == Standing::Open);
            open.map_or(Next::Show(review), Next::ShowAndReturn)
        }
        Return::End => end(standings),
        _ => match next(standings, sent.at) {
            Some(place) => Next::Show(place),
            None => end(standings),
        },
    }
}

fn end(standings: &[Standing]) -> Next {
    let missing = |one: &Standing| matches!(one, Standing::Open | Standing::AskAgain);
    match standings.iter().position(missing) {
        Some(place) => Next::Missing(place),
        None => Next::Finish,
    }
}

/// Returns the first step that is to be visited.
#[must_use]
pub fn first(standings: &[Standing]) -> usize {
    let first = standings.iter().position(|one| one.is_active());
    first.unwrap_or_default()
}

/// Returns the step to be visited before this one.
#[must_use]
pub fn before(standings: &[Standing], place: usize) -> Option<usize> {
    let before = &standings[..place.min(standings.len())];
    before.iter().rposition(|one| one.is_active())
}

/// Returns the step to be visited after this one.
#[must_use]
pub fn next(standings: &[Standing], place: usize) -> Option<usize> {
    let behind = standings.get(place + 1..)?;
    let found = behind.iter().position(|one| one.is_active())?;
    Some(place + 1 + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    use Standing::{AskAgain as A, Complete as C, Inactive as I, Open as O};

    #[test]
    fn a_visitor_arrives_where_they_may_be_and_else_where_they_go_on() {
        use Arrival::{Elsewhere, Here};
        use Order::{Free, Strict};
        for (standings, order, wanted, arrived) in [
            (&[O, O, O][..], Strict, None, Elsewhere(0)),
            (&[O, O, O], Strict, Some(0), Here(0)),
            (&[O, O, O], Strict, Some(1), Elsewhere(0)),
            (&[O, O, O], Free, Some(1), Here(1)),
            (&[C, O, O], Strict, Some(1), Here(1)),
            (&[C, O, O], Strict, Some(2), Elsewhere(1)),
            (&[C, I, O], Strict, Some(2), Here(2)),
            (&[C, I, O], Strict, Some(1), Elsewhere(2)),
            (&[C, I, O], Free, Some(1), Elsewhere(2)),
            (&[C, A, O], Strict, Some(2), Here(2)),
            (&[C, C, C], Strict, None, Elsewhere(2)),
            (&[C, C, I], Strict, None, Elsewhere(1)),
            (&[C, O, C], Strict, Some(2), Elsewhere(1)),
            (&[C, O, C], Strict, Some(9), Elsewhere(1)),
        ] {
            assert_eq!(
                arrival(standings, order, wanted),
                arrived,
                "{standings:?} {order:?} {wanted:?}"
            );
        }
    }

    #[test]
    fn nothing_is_overwritten_that_another_page_has_changed() {
        for (is_same, kept, posted, fate) in [
            (None, 0, None, Fate::Stored),
            (None, 0, Some(0), Fate::Stored),
            (None, 0, Some(7), Fate::Stored),
            (Some(true), 1, Some(0), Fate::Same),
            (Some(true), 1, None, Fate::Same),
            (Some(false), 1, Some(1), Fate::Stored),
            (Some(false), 2, Some(1), Fate::Conflict),
            (Some(false), 1, Some(2), Fate::Conflict),
            (Some(false), 1, None, Fate::Conflict),
        ] {
            assert_eq!(
                receive(is_same, kept, posted),
                fate,
                "{is_same:?} {kept} {posted:?}"
            );
        }
    }

    #[test]
    fn every_button_has_its_way() {
        use Press::{Back, Continue, Goto, Save};
        let rows = [
            // standings, at, button, right -> next
            (&[C, O, O][..], 0, Continue, true, Next::Show(1)),
            (&[C, I, O], 0, Continue, true, Next::Show(2)),
            (&[O, O, O], 0, Continue, false, Next::Again),
            (&[C, C, C], 0, Continue, true, Next::Show(1)),
            (&[C, C, C], 2, Continue, true, Next::Finish),
            (&[C, C, I], 1, Continue, true, Next::Finish),
            (&[A, C, C], 2, Continue, true, Next::Missing(0)),
            (&[O, C, C], 2, Continue, true, Next::Show(0)),
            (&[O, O, O], 2, Continue, true, Next::Show(0)),
            (&[C, I, O], 1, Continue, true, Next::Show(2)),
            (&[C, O, O], 1, Back, false, Next::Show(0)),
            (&[C, I, O], 2, Back, false, Next::Show(0)),
            (&[O, O, O], 0, Back, true, Next::Show(0)),
            (&[O, O, O], 2, Back, true, Next::Show(0)),
            (&[I, C, O], 1, Back, true, Next::Show(1)),
            (&[C, O, O], 1, Save, false, Next::Saved),
            (&[C, O, O], 1, Goto(Some(0)), false, Next::Show(0)),
            (&[C, O, O], 1, Goto(Some(2)), false, Next::Show(1)),
            (&[C, O, O], 0, Goto(None), false, Next::Show(1)),
        ];
        for (standings, at, press, is_valid, expected) in rows {
            let sent = Sent {
                at,
                press,
                is_valid,
                back_to: Return::Nowhere,
            };
            let got = after(standings, Order::Strict, sent);
            assert_eq!(got, expected, "{standings:?} {sent:?}");
        }
    }

    #[test]
    fn a_change_leads_back_to_the_review_unless_new_questions_arise() {
        for (standings, back_to, expected) in [
            (&[C, C, C, O][..], Return::Review(3), Next::Show(3)),
            (&[C, I, C, O], Return::Review(3), Next::Show(3)),
            (&[C, O, C, O], Return::Review(3), Next::ShowAndReturn(1)),
            (&[C, C, C, C], Return::Review(0), Next::Show(1)),
            (&[C, C, C, I], Return::Review(3), Next::Show(1)),
            (&[C, C, C, C], Return::Review(9), Next::Show(1)),
            (&[C, C, C, C], Return::End, Next::Finish),
            (&[C, C, A, C], Return::End, Next::Missing(2)),
        ] {
            let sent = Sent {
                at: 0,
                press: Press::Continue,
                is_valid: true,
                back_to,
            };
            let got = after(standings, Order::Strict, sent);
            assert_eq!(got, expected, "{standings:?} {back_to:?}");
        }
    }
}
