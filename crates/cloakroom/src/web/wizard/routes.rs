//! The addresses of a mounted wizard.
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::routing::{get, post};
use axum_core::response::Response;
use http::request::Parts;

use crate::web::wizard::desk::Desk;
use crate::web::wizard::hooks::Hooks;
use crate::web::wizard::{Finish, arrive, receive, saved};

/// The pages of a wizard.
pub(super) fn pages<W, S>(desk: &Arc<Desk<W>>, hooks: &Arc<Hooks<W, S>>) -> Router<S>
where
    W: Finish<S>,
    S: Clone + Send + Sync + 'static,
{
    let all = || (desk.clone(), hooks.clone());
    let (start, run, step, send) = (all(), all(), all(), all());
    let (link, taken) = (desk.clone(), desk.clone());
    Router::new()
        .route(
            "/",
            get(async move |State(state): State<S>, request: Request| {
                let (desk, hooks) = &start;
                let known = known(hooks, &state, request).await;
                match known {
                    Ok((parts, facts)) => arrive::start(desk, &facts, &parts).await,
                    Err(answer) => answer,
                }
            }),
        )
        .route(
            "/{run}",
            get(
                async move |State(state): State<S>, Path(name): Path<String>, request: Request| {
                    let (desk, hooks) = &run;
                    match known(hooks, &state, request).await {
                        Ok((parts, facts)) => arrive::go_on(desk, &facts, &name, &parts).await,
                        Err(answer) => answer,
                    }
                },
            ),
        )
        .route(
            "/{run}/{step}",
            get(
                async move |State(state): State<S>,
                            Path((run, name)): Path<(String, String)>,
                            request: Request| {
                    let (desk, hooks) = &step;
                    match known(hooks, &state, request).await {
                        Ok((parts, facts)) => {
                            arrive::show(desk, &facts, (&run, &name), &parts).await
                        }
                        Err(answer) => answer,
                    }
                },
            )
            .merge(post(
                async move |State(state): State<S>,
                            Path((run, name)): Path<(String, String)>,
                            request: Request| {
                    let (desk, hooks) = &send;
                    receive::take(desk, hooks, state, &run, &name, request).await
                },
            )),
        )
        .route(
            "/resume/{token}",
            get(async move |Path(token): Path<String>, request: Request| {
                saved::look(&link, &token, request).await
            })
            .post(async move |Path(token): Path<String>, request: Request| {
                saved::resume(&taken, &token, request).await
            }),
        )
}

/// What a page of the other program is sent to, whose address names a step.
pub(super) fn pages_of_other<W, S>(desk: Arc<Desk<W>>, hooks: Arc<Hooks<W, S>>) -> Router<S>
where
    W: Finish<S>,
    S: Clone + Send + Sync + 'static,
{
    let take = async move |State(state): State<S>, Path(name): Path<String>, request: Request| {
        receive::take_from_other(&desk, &hooks, state, &name, request).await
    };
    Router::new().route("/{run}", post(take))
}

/// Learns what is to be known of a visitor before they are shown anything.
async fn known<W, S>(
    hooks: &Hooks<W, S>,
    state: &S,
    request: Request,
) -> Result<(Parts, Arc<W::Facts>), Response>
where
    W: Finish<S>,
    S: Clone + Send + Sync + 'static,
{
    let (parts, _) = request.into_parts();
    let facts = hooks.facts(&parts, state).await?;
    Ok((parts, facts))
}
