//! Drafts in the visitor's session, each under a name of the library's own.
use axum_core::response::{IntoResponse, Response};

use crate::error::Error;
use crate::session::{Name, Session};
use crate::web::wizard::keep::cookie::MARK;
use crate::web::wizard::keep::{Change, Found, Keeping, Unsaved};
use crate::web::wizard::visitor::Visitor;
use crate::wizard::{Draft, RunId, State, beginning};

/// How many runs of one wizard a session keeps.
const MOST_RUNS: usize = 16;

impl Keeping {
    pub(super) async fn load_from_session(
        &self,
        visitor: &Visitor,
        run: RunId,
    ) -> Result<Found, Response> {
        let session = visitor.session().await?;
        Ok(session.own::<Option<Draft>>(&self.name_of(run)).into())
    }

    pub(super) async fn amend_in_session(
        &self,
        visitor: &Visitor,
        run: RunId,
        change: Change,
    ) -> Result<(), Unsaved> {
        let session = visitor.session().await?;
        let changed = session.update_own(self.name_of(run), move |draft: &mut Option<Draft>| {
            *draft = change(draft.take());
        });
        changed.map_err(unsaved)?;
        let name = self.name_of(run);
        if session.own::<Option<Draft>>(&name).is_none() {
            // There was none, and none came of it.
            let removed = session.remove_own(name);
            removed.map_err(IntoResponse::into_response)?;
        }
        let displaced = self.drop_oldest(&session, run);
        let displaced = displaced.map_err(IntoResponse::into_response)?;
        let name = self.name_of(run);
        visitor.save_now(run, Some(&name)).await?;
        if let Some(displaced) = displaced {
            self.note_displaced(visitor, &displaced.as_str()[..MARK])?;
        }
        Ok(())
    }

    pub(super) async fn all_in_session(&self, visitor: &Visitor) -> Result<Vec<Draft>, Response> {
        let session = visitor.session().await?;
        Ok(self
            .named(&session)
            .into_iter()
            .map(|(_, draft)| draft)
            .collect())
    }

    fn named(&self, session: &Session) -> Vec<(Name, Draft)> {
        let names = session.own_names(&self.beginning()).into_iter();
        let with_draft = |name: Name| {
            let draft = session.own::<Option<Draft>>(&name)?;
            Some((name, draft))
        };
        names.filter_map(with_draft).collect()
    }

    /// Makes room for a new run; returns the one whose answers had to go for that.
    fn drop_oldest(&self, session: &Session, but: RunId) -> crate::Result<Option<RunId>> {
        if session.own_names(&self.beginning()).len() <= MOST_RUNS {
            return Ok(None);
        }
        let mut all = self.named(session);
        all.retain(|(_, draft)| draft.run() != but);
        // What has ended goes first, and one that its visitor has saved when no other can.
        let has_answers = |draft: &Draft| !matches!(draft.state(), State::Finished { .. });
        let worth =
            |(_, draft): &(Name, Draft)| (has_answers(draft), draft.is_saved(), draft.order());
        let Some((name, oldest)) = all.into_iter().min_by_key(worth) else {
            return Ok(None);
        };
        session.remove_own(name)?;
        Ok(has_answers(&oldest).then(|| oldest.run()))
    }

    fn name_of(&self, run: RunId) -> Name {
        Name::from(&*format!("{}{run}", self.beginning()))
    }

    fn beginning(&self) -> String {
        beginning(self.wizard)
    }
}

/// Says why a value could not be put into a session.
pub(super) fn unsaved(error: Error) -> Unsaved {
    match error {
        Error::TooLarge { by, .. } => Unsaved::TooLong { by },
        error => error.into_response().into(),
    }
}
