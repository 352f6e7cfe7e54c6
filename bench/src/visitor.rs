//! A visitor of one site: sends requests straight into the service, without a socket.
use std::time::{Duration, Instant};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header},
};
use tower::{Service, ServiceExt};

use crate::{Result, contents::Contents, stack::path, subject::Subject};

/// As long as a session cookie usually is, for the stacks that set none.
const SOME_COOKIE: &str = "id=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

/// What the session cookie travels with: the other two cookies of the demo shop's visitors.
const COMPANY: &str = "visited=7; csrftoken=uFUw3hS_47DEQpj8HBSa-TImW-5JCeuQeRkm5NMpJWZ";

/// Somebody who carries one session cookie and visits again and again.
pub struct Visitor {
    subject: Subject,
    site: Router,
    cookie: HeaderValue,
    /// The cookies that the site has set, as it wrote them.
    kept: Vec<HeaderValue>,
    visits: u32,
    /// How long the site took to answer, in all.
    waited: Duration,
}

impl Visitor {
    /// Opens the site, starts a session there, and checks that visits do what the case says.
    ///
    /// # Errors
    ///
    /// When the stack is broken, so that it can't look fast.
    pub async fn new(subject: Subject) -> Result<Self> {
        let cookie = HeaderValue::from_str(&format!("{COMPANY}; {SOME_COOKIE}"))?;
        let mut visitor = Self {
            subject,
            site: subject.stack.site(subject.case),
            cookie,
            kept: Vec::new(),
            visits: 0,
            waited: Duration::ZERO,
        };
        if subject.stack.remembers() {
            visitor.send(path::START).await?;
            if visitor.kept.is_empty() {
                return Err(format!("{subject}: no session cookie was set").into());
            }
        }
        visitor.check().await?;
        visitor.visit(3).await?;
        visitor.check().await?;
        Ok(visitor)
    }

    /// Visits so many times in a row.
    ///
    /// # Errors
    ///
    /// When an answer is anything but 200.
    pub async fn visit(&mut self, times: u32) -> Result<()> {
        for _ in 0..times {
            for path in self.subject.case.paths() {
                self.send(path).await?;
            }
        }
        self.visits += times;
        Ok(())
    }

    /// Returns how long the site has taken to answer so far: without what a browser does with its cookies.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Checks that the session holds exactly what all visits so far must have left in it.
    ///
    /// # Errors
    ///
    /// When it holds anything else.
    pub async fn check(&mut self) -> Result<()> {
        if !self.subject.stack.remembers() {
            return Ok(());
        }
        let contents: Contents = serde_json::from_slice(self.send(path::CONTENTS).await?.body())?;
        if contents == self.subject.case.after(self.visits) {
            return Ok(());
        }
        Err(format!(
            "{}: wrong contents after {} visits: {contents:?}",
            self.subject, self.visits
        )
        .into())
    }

    /// Keeps the cookies of an answer, as a browser does.
    ///
    /// Never part of another function, so that callgrind can tell what it takes.
    #[inline(never)]
    fn keep(&mut self, headers: &HeaderMap) -> Result<()> {
        let mut news = false;
        for set in headers.get_all(header::SET_COOKIE) {
            // Most set the same again, which is not worth a browser's while.
            if self.kept.contains(set) {
                continue;
            }
            news = true;
            self.kept.retain(|kept| name(kept) != name(set));
            if !deletes(set) {
                self.kept.push(set.clone());
            }
        }
        if !news {
            return Ok(());
        }
        let mut cookie = COMPANY.as_bytes().to_vec();
        for kept in &self.kept {
            cookie.extend_from_slice(b"; ");
            cookie.extend_from_slice(pair(kept));
        }
        self.cookie = HeaderValue::from_maybe_shared(Bytes::from(cookie))?;
        Ok(())
    }

    async fn send(&mut self, path: &'static str) -> Result<Response<Bytes>> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = Uri::from_static(path);
        request
            .headers_mut()
            .insert(header::HOST, HeaderValue::from_static("shop.example"));
        // As every browser does that loads a page.
        request
            .headers_mut()
            .insert("sec-fetch-mode", HeaderValue::from_static("navigate"));
        request
            .headers_mut()
            .insert(header::COOKIE, self.cookie.clone());
        let begun = Instant::now();
        let site: &mut Router = ServiceExt::<Request<Body>>::ready(&mut self.site).await?;
        let (head, body) = site.call(request).await?.into_parts();
        let body = to_bytes(body, usize::MAX).await?;
        self.waited += begun.elapsed();
        if head.headers.contains_key(header::SET_COOKIE) {
            self.keep(&head.headers)?;
        }
        if head.status != StatusCode::OK {
            return Err(format!("{}: {path} answered {}", self.subject, head.status).into());
        }
        Ok(Response::from_parts(head, body))
    }
}

/// Returns the name of a cookie and its value, as the browser sends it back.
fn pair(set: &HeaderValue) -> &[u8] {
    until(b';', set.as_bytes())
}

fn name(set: &HeaderValue) -> &[u8] {
    until(b'=', set.as_bytes())
}

fn deletes(set: &HeaderValue) -> bool {
    let attributes = &set.as_bytes()[pair(set).len()..];
    memchr::memmem::find(attributes, b"; Max-Age=0").is_some()
}

fn until(end: u8, text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(end, text).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{case::Case, stack::Stack};

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime
            .expect("a runtime without drivers always starts")
            .block_on(future)
    }

    #[test]
    fn every_stack_does_what_each_case_says() {
        for subject in Subject::above_bare() {
            assert!(block_on(Visitor::new(subject)).is_ok(), "{subject}");
        }
    }

    #[test]
    fn a_stack_that_forgets_is_not_measured() {
        let increment = Subject {
            case: Case::Increment,
            stack: Stack::TowerSessions,
        };
        let checked = block_on(async {
            let mut visitor = Visitor::new(increment).await?;
            visitor.visits += 1;
            visitor.check().await
        });
        let error = checked.expect_err("one visit was never made").to_string();
        assert!(error.contains("wrong contents after 4 visits"), "{error}");
    }
}
