//! `/account`: where a visitor is signed in, and signing out there.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use cloakroom::Error;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Deserialize;

use crate::mistakes::Mistakes;
use crate::shop::Shop;
use crate::texts::fill;
use crate::trouble::Trouble;
use crate::view::View;

#[derive(Deserialize)]
pub(super) struct Proof {
    #[serde(default)]
    password: String,
}

pub(super) async fn show(State(shop): State<Arc<Shop>>, view: View) -> Result<Response, Trouble> {
    if view.session.user_id().is_none() {
        return Ok(to_sign_in());
    }
    let more = sessions(&shop, &view).await?;
    Ok(view.page("account.html", more)?.into_response())
}

pub(super) async fn end_one(
    State(shop): State<Arc<Shop>>,
    view: View,
    Path(handle): Path<String>,
) -> Result<Response, Trouble> {
    let texts = view.texts()?;
    if view.session.user_id().is_none() {
        return Ok(to_sign_in());
    }
    if shop.cloakroom.end_own(&view.session, &handle).await? {
        view.messages.success(texts.ended_there);
    } else {
        view.messages.warning(texts.no_such_session);
    }
    Ok(Redirect::to("/account").into_response())
}

/// Ends all other sessions, once the visitor has proved anew who he is: the open browser may be somebody else's by now.
pub(super) async fn end_others(
    State(shop): State<Arc<Shop>>,
    view: View,
    Form(proof): Form<Proof>,
) -> Result<Response, Trouble> {
    let texts = view.texts()?;
    let Some(user) = view.session.user_id() else {
        return Ok(to_sign_in());
    };
    if !shop.users.proves(&user, &proof.password).await {
        let wrong = match proof.password.is_empty() {
            true => texts.password_again_missing,
            false => texts.password_again_wrong,
        };
        let mistakes = Mistakes::one("password", wrong);
        let more = sessions(&shop, &view).await?;
        let again = view.page("account.html", context! { errors => mistakes, ..more })?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    }
    let ended = shop.cloakroom.end_others(&view.session).await;
    ended.map_err(Error::Store)?;
    view.session.reauthenticated()?;
    view.messages.success(texts.ended_others);
    Ok(Redirect::to("/account").into_response())
}

async fn sessions(shop: &Shop, view: &View) -> Result<Value, Trouble> {
    let own = shop.cloakroom.own_sessions(&view.session).await?;
    let texts = view.texts()?;
    let note = if own.is_this_alone() {
        Some(texts.this_alone.to_owned())
    } else if own.more() > 0 {
        Some(fill(texts.more_sessions, &own.more().to_string()))
    } else if own.has_others() {
        None
    } else {
        Some(texts.nowhere_else.to_owned())
    };
    let has_others = own.has_others();
    Ok(context! { sessions => Value::from(Serde(&own)), has_others, note })
}

fn to_sign_in() -> Response {
    Redirect::to("/login?next=/account").into_response()
}
