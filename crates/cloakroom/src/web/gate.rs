//! The gate for requests that change something: is there proof that they came from our own page?
use axum_core::extract::Request;
use axum_core::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, request::Parts};

use crate::config::{Cloakroom, Site};
use crate::cookie::{CookieHeaders, values};
use crate::csrf::{
    Because, Format, Found, Kept, Look, Passed, Reason, Rules, Scan, Secret, Sent, TheOne, Verdict,
    boundary, is_safe, the_one,
};
use crate::headers::Scheme;
use crate::web::peek::{Next, Peek};
use crate::web::refusal::refuse;
use crate::web::secret;
use crate::web::visit::Visit;

impl Cloakroom {
    /// Decides about a request for handlers of a protocol of their own, such as a WebSocket's.
    ///
    /// It decides as the layer does, but that no method is taken for a safe one: a handshake is a `GET`,
    /// and what comes after it is not. A token is looked for in the header only, and never asked of a
    /// handshake of which the browser says that it comes from here.
    ///
    /// ```
    /// # use cloakroom::Cloakroom;
    /// use axum::extract::State;
    /// use axum::http::{StatusCode, request::Parts};
    ///
    /// async fn socket(State(cloakroom): State<Cloakroom>, request: Parts) -> Result<(), StatusCode> {
    ///     cloakroom
    ///         .csrf_verdict(&request)
    ///         .map_err(|_| StatusCode::FORBIDDEN)?;
    ///     // Now upgrade.
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// Says why the request may be forged. With the secret in the session, that is so whenever a token
    /// would be needed.
    pub fn csrf_verdict(&self, request: &Parts) -> Result<Passed, Reason> {
        let site = &self.site;
        let is_handshake = is_safe(&request.method) || request.method == Method::CONNECT;
        let look = match &site.csrf.rules {
            _ if is_handshake => site.ladder.look_at_handshake(&sent(request)),
            Some(rules) => return by_headers(site, &**rules, request),
            None => site.ladder.look(&sent(request)),
        };
        match look {
            Look::Passed(passed) => Ok(passed),
            Look::Refused(reason) => Err(reason),
            Look::NeedsToken if site.csrf.in_session => Err(Reason::NoSecret),
            Look::NeedsToken => {
                let kept = secret::that_came(site, &CookieHeaders::of(&request.headers))?;
                let token = in_header(site, &request.headers).unwrap_or(Err(Reason::NoToken))?;
                compare(site, &kept, &token)
            }
        }
    }

    /// Returns the patterns of the routes on which nothing is checked for forgery.
    #[must_use]
    pub fn csrf_exempt(&self) -> &[String] {
        self.site.csrf.exempt.patterns()
    }
}

/// Decides by another program's rules, without the form.
fn by_headers(site: &Site, rules: &dyn Rules, request: &Parts) -> Result<Passed, Reason> {
    let headers = &request.headers;
    let over = site.headers.scheme(headers, &request.extensions);
    let looked = rules.look(&sent(request), over == Scheme::Https);
    if let Some(passed) = looked.map_err(|refused| refused.reason)? {
        return Ok(passed);
    }
    if site.csrf.in_session {
        return Err(Reason::NoSecret);
    }
    let secret = values(headers, site.csrf_cookie.name()).last();
    let header = headers
        .get(&site.csrf.header)
        .map(http::HeaderValue::as_bytes);
    let compared = rules.compare(secret, None, header);
    compared
        .map(|()| Passed::Token)
        .map_err(|refused| refused.reason)
}

/// Says whether a request has to pass the gate.
#[inline]
pub(super) fn concerns<B>(site: &Site, request: &http::Request<B>) -> bool {
    let csrf = &site.csrf;
    match is_safe(request.method()) {
        true => !csrf.with_cookie.is_empty() && csrf.on && csrf.with_cookie.contain(path(request)),
        false => csrf.on && !csrf.exempt.contain(path(request)),
    }
}

fn path<B>(request: &http::Request<B>) -> &str {
    request.uri().path()
}

/// Lets a request through, whole, or answers it.
pub(super) async fn pass(visit: &Visit, request: Request) -> Result<Request, Response> {
    let site = visit.site();
    let (mut parts, body) = request.into_parts();
    let mut body = Peek::into(body);
    if let Some(accept) = parts.headers.get(ACCEPT) {
        visit.0.accept.get_or_init(|| accept.clone());
    }
    let verdict = verdict(visit, &mut parts, &mut body).await?;
    let path = parts.uri.path();
    match verdict {
        Ok(passed) => note_passed(passed),
        Err(reason) if site.csrf.log_only || site.csrf.check_only.contain(path) => {
            note_let_through(&parts, reason);
        }
        Err(reason) => return Err(refuse(site, &parts, reason)),
    }
    if site.csrf.with_cookie.contain(path) {
        let token = visit.csrf(&parts.headers).await;
        token.map_err(IntoResponse::into_response)?.ensure_cookie();
    }
    parts.extensions.insert(Verdict(verdict));
    Ok(Request::from_parts(parts, body.into_body()))
}

/// Finds out whether the request may be forged, or answers that this can't be known.
async fn verdict(
    visit: &Visit,
    parts: &mut Parts,
    body: &mut Peek,
) -> Result<Result<Passed, Reason>, Response> {
    let site = visit.site();
    if let Some(rules) = &site.csrf.rules {
        return by_rules(visit, &**rules, parts, body).await;
    }
    match site.ladder.look(&sent(parts)) {
        Look::Passed(passed) => return Ok(Ok(passed)),
        Look::Refused(reason) => return Ok(Err(reason)),
        Look::NeedsToken => {}
    }
    let kept = if site.csrf.in_session {
        let session = visit.session(&parts.headers).await;
        let session = session.map_err(IntoResponse::into_response)?;
        secret::in_session(site, &session).ok_or(Reason::NoSecret)
    } else {
        secret::that_came(site, &CookieHeaders::of(&parts.headers))
    };
    let kept = match kept {
        Ok(kept) => kept,
        Err(reason) => return Ok(Err(reason)),
    };
    let proven = match token(site, parts, body).await {
        Ok(token) => compare(site, &kept, &token),
        Err(reason) => Err(reason),
    };
    if proven.is_ok() {
        secret::leave_its_session_only(site, &mut parts.headers, &kept);
    }
    Ok(proven)
}

/// Finds it out by another program's rules, and keeps that one's words for a refusal.
async fn by_rules(
    visit: &Visit,
    rules: &dyn Rules,
    parts: &mut Parts,
    body: &mut Peek,
) -> Result<Result<Passed, Reason>, Response> {
    let site = visit.site();
    let over_https = visit.0.over == Scheme::Https;
    let refused = match rules.look(&sent(parts), over_https) {
        Ok(Some(passed)) => return Ok(Ok(passed)),
        Ok(None) => {
            let secret = shared_secret(visit, &parts.headers).await?;
            let field = match parts.method == Method::POST {
                true => raw_field(site, &parts.headers, body).await,
                false => Ok(Vec::new()),
            };
            let field = match field {
                Ok(field) => field,
                Err(reason) => return Ok(Err(reason)),
            };
            let header = parts.headers.get(&site.csrf.header);
            let header = header.map(http::HeaderValue::as_bytes);
            let field = Some(&field[..]).filter(|field| !field.is_empty());
            match rules.compare(secret.as_deref(), field, header) {
                Ok(()) => return Ok(Ok(Passed::Token)),
                Err(refused) => refused,
            }
        }
        Err(refused) => refused,
    };
    parts.extensions.insert(Because(refused.words));
    Ok(Err(refused.reason))
}

/// Returns the secret as it came: that of the session, or of the last cookie of its name.
async fn shared_secret(visit: &Visit, headers: &HeaderMap) -> Result<Option<Vec<u8>>, Response> {
    let site = visit.site();
    if !site.csrf.in_session {
        let value = values(headers, site.csrf_cookie.name()).last();
        return Ok(value.map(ToOwned::to_owned));
    }
    let session = visit.session(headers).await;
    let session = session.map_err(IntoResponse::into_response)?;
    Ok(secret::text_in_session(&session).map(String::into_bytes))
}

fn sent(parts: &Parts) -> Sent<'_> {
    Sent {
        method: &parts.method,
        headers: &parts.headers,
        authority: parts.uri.authority().map(|authority| authority.as_str()),
    }
}

fn compare(site: &Site, kept: &Kept, token: &Secret) -> Result<Passed, Reason> {
    if kept.accepts(token, site.clock.now()) {
        Ok(Passed::Token)
    } else {
        Err(Reason::WrongToken)
    }
}

/// Finds the token that came along.
///
/// The header counts, whatever is in the form, so that with it no body is read; another site's page
/// can't set it. In Django's format the field counts first, and for `POST` only.
async fn token(site: &Site, parts: &Parts, body: &mut Peek) -> Result<Secret, Reason> {
    let header = in_header(site, &parts.headers);
    match (site.csrf.format, header) {
        (Format::Native, Some(token)) => token,
        (Format::Django, header) if parts.method != Method::POST => {
            header.unwrap_or(Err(Reason::NoToken))
        }
        (_, header) => match in_form(site, &parts.headers, body).await {
            Err(Reason::NoToken) => header.unwrap_or(Err(Reason::NoToken)),
            token => token,
        },
    }
}

fn in_header(site: &Site, headers: &HeaderMap) -> Option<Result<Secret, Reason>> {
    match the_one(headers, &site.csrf.header) {
        TheOne::Absent | TheOne::Value(b"") => None,
        TheOne::Value(token) => Some(read(site, token)),
        TheOne::Several => Some(Err(Reason::BadToken)),
    }
}

async fn in_form(site: &Site, headers: &HeaderMap, body: &mut Peek) -> Result<Secret, Reason> {
    match &raw_field(site, headers, body).await?[..] {
        b"" => Err(Reason::NoToken),
        token => read(site, token),
    }
}

/// Returns what stands in the form's field; nothing when there is none.
async fn raw_field(site: &Site, headers: &HeaderMap, body: &mut Peek) -> Result<Vec<u8>, Reason> {
    let kind = headers.get(CONTENT_TYPE);
    let kind = kind.map_or(&b""[..], |kind| kind.as_bytes());
    let field = if is_urlencoded(kind) {
        in_urlencoded(site, headers, body).await
    } else if let Some(boundary) = boundary(kind) {
        in_multipart(&boundary, &site.csrf.field, body).await
    } else {
        Ok(Vec::new())
    };
    match field {
        Err(Reason::NoToken) => Ok(Vec::new()),
        field => field,
    }
}

fn read(site: &Site, token: &[u8]) -> Result<Secret, Reason> {
    secret::writing(site).token(token).ok_or(Reason::BadToken)
}

fn is_urlencoded(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next();
    essence
        .unwrap_or_default()
        .trim_ascii()
        .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

/// Reads a whole form, up to its limit.
async fn in_urlencoded(
    site: &Site,
    headers: &HeaderMap,
    body: &mut Peek,
) -> Result<Vec<u8>, Reason> {
    let limit = site.csrf.max_form_bytes;
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Reason::TooLarge);
    }
    let mut form = Vec::new();
    loop {
        match body.next().await {
            Next::Piece(piece) if form.len() + piece.len() > limit => {
                return Err(Reason::TooLarge);
            }
            Next::Piece(piece) => form.extend_from_slice(&piece),
            Next::End => break,
            // The form was cut off half-way, so its token can't be trusted to be there or not.
            Next::Broke => return Err(Reason::CutOff),
        }
    }
    let field = form_urlencoded::parse(&form).find(|(name, _)| *name == site.csrf.field);
    Ok(field.map_or_else(Vec::new, |(_, value)| value.into_owned().into_bytes()))
}

/// Reads a multipart form up to the field, and not far.
async fn in_multipart(boundary: &[u8], field: &str, body: &mut Peek) -> Result<Vec<u8>, Reason> {
    let mut scan = Scan::new(boundary, field);
    loop {
        let piece = match body.next().await {
            Next::Piece(piece) => piece,
            Next::End => return Err(Reason::NoToken),
            Next::Broke => return Err(Reason::CutOff),
        };
        match scan.feed(&piece) {
            Found::Nothing => {}
            Found::Field(value) => return Ok(value),
            Found::End => return Err(Reason::NoToken),
            Found::TooLate => return Err(Reason::TokenTooLate),
        }
    }
}

fn note_passed(passed: Passed) {
    metrics::counter!("cloakroom_csrf_passed_total", "by" => passed.as_str()).increment(1);
}

fn note_let_through(request: &Parts, reason: Reason) {
    metrics::counter!("cloakroom_csrf_let_through_total", "reason" => reason.as_str()).increment(1);
    tracing::warn!(
        reason = reason.as_str(),
        method = %request.method,
        path = request.uri.path(),
        "a request that may be forged was let through, as the settings say"
    );
}
