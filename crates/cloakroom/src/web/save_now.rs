//! Saving in the middle of a request, for what must be known to be saved before anything else is done.
use std::time::Duration;

use axum_core::response::{IntoResponse, Response};

use crate::error::StoreError;
use crate::session::{Held, Known, Origin, Owed, Session, Token};
use crate::store::{Created, Saving};
use crate::web::carry_out::{outage, refusal};
use crate::web::load;
use crate::web::rejection::unavailable;
use crate::web::visit::Asked;

/// What the browser is to be told of a session that was saved in the middle of a request.
pub(super) struct Given {
    pub(super) token: Token,
    /// For how long it outlives the browser.
    pub(super) age: Option<Duration>,
    /// Whether the session began with that.
    pub(super) is_new: bool,
}

/// Saves the values that were changed so far, merged with what others save at the same time, and goes on with the
/// session as it is then.
///
/// A session that the visitor carries, or that is being renewed or ended, is saved at the end of the request as ever.
///
/// # Errors
/// Gives the answer to give when that can't be done.
pub(super) async fn save_now(asked: &Asked, session: &Session) -> Result<(), Response> {
    let site = &asked.site;
    if site.store.in_cookie().is_some() {
        return Ok(());
    }
    let Some(Owed { origin, amendment }) = session.owed_now(site.clock.now()) else {
        return Ok(());
    };
    let known = match origin {
        Origin::Known(known) => {
            let (pushes, now) = (amendment.pushes(), amendment.now());
            let turns = &site.turns;
            let known = match turns
                .save(&site.store, &site.rules, &known, amendment)
                .await
            {
                Saving::Done(record, version) => Known {
                    record,
                    version,
                    ..known
                },
                Saving::DoneElsewhere => moved(asked, &known).await?,
                Saving::Gone => return Err(unavailable()),
                other => return Err(refusal(other)),
            };
            if pushes && let Held::Token(token) = &known.held {
                let age = site.rules.policy.cookie_age(&known.record, now);
                if age.is_some() {
                    let _ = asked.given.set(Given {
                        token: token.clone(),
                        age,
                        is_new: false,
                    });
                }
            }
            known
        }
        Origin::Nobody | Origin::DeadCookie => {
            let record = amendment
                .first(&site.rules.policy)
                .map_err(IntoResponse::into_response)?;
            let (token, key) = site.rules.policy.tickets.draw();
            let version = match site.store.create(&key, &record).await {
                Ok(Created::New(version)) => version,
                Ok(Created::Taken) => {
                    let error = StoreError::new(site.store.name(), "find a free key");
                    return Err(outage(&error));
                }
                Err(error) => return Err(outage(&error)),
            };
            let age = site.rules.policy.cookie_age(&record, amendment.now());
            let _ = asked.given.set(Given {
                token: token.clone(),
                age,
                is_new: true,
            });
            Known {
                key,
                version,
                record,
                held: Held::Token(token),
            }
        }
        // A login has just replaced the token of this write; it may be tried again.
        Origin::Replaced(_) => return Err(unavailable()),
    };
    session.go_on_with(known);
    Ok(())
}

async fn moved(asked: &Asked, known: &Known) -> Result<Known, Response> {
    match load::again(&asked.site, known.key).await {
        Ok(Some(known)) => Ok(known),
        Ok(None) => Err(unavailable()),
        Err(error) => Err(outage(&error)),
    }
}
