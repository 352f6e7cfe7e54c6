//! Drafts in the visitor's session, each under a name of the library's own.
use axum_core::response::{IntoResponse, Response};

use crate::error::Error;
use crate::session::{Name, Session};
use crate::web::wizard::keep::{Change, Found, Keeping, Unsaved};
use crate::web::wizard::visitor::Visitor;
use crate::wizard::{Draft, RunId, beginning};

/// How many runs of one wizard a session keeps; the oldest goes first.
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
        self.drop_oldest(&session, run)
            .map_err(IntoResponse::into_response)?;
        let name = self.name_of(run);
        Ok(visitor.save_now(run, Some(&name)).await?)
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

    fn drop_oldest(&self, session: &Session, but: RunId) -> crate::Result<()> {
        if session.own_names(&self.beginning()).len() <= MOST_RUNS {
            return Ok(());
        }
        let mut all = self.named(session);
        all.retain(|(_, draft)| draft.run() != but);
        // One that its visitor has saved goes when no other can.
        let worth = |(_, draft): &(Name, Draft)| (draft.is_saved(), draft.order());
        let oldest = all.into_iter().min_by_key(worth);
        oldest.map_or(Ok(()), |(name, _)| session.remove_own(name))
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
