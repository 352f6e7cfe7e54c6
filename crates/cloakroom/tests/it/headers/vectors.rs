//! What Django 5.2's SecurityMiddleware answers, case by case, beside what this library does with the same settings.
//!
//! Differences on purpose:
//! - A redirect is 308, not 301, so that a form that was posted arrives whole.
//! - `preload` without subdomains, or for less than a year, does not start: browsers' lists refuse it.
//! - Paths are excepted by themselves or by how they begin, not by regular expressions.
use std::collections::BTreeMap;
use std::fs;

use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use axum::response::IntoResponse;
use cloakroom::headers::{Hsts, HttpsRedirect, Settings};
use serde::Deserialize;
use serde_json::Value;

use super::{one, problems};
use crate::site::Site;

const CASES: &str = include_str!("../../vectors/security_headers.json");
/// A file with more cases, of any kind.
const MORE: &str = "CLOAKROOM_TEST_VECTORS";
const YEAR: u64 = 31_536_000;

#[derive(Deserialize)]
struct Case {
    id: String,
    inputs: Inputs,
    output: Output,
}

#[derive(Deserialize)]
struct Inputs {
    secure: bool,
    path: String,
    view_headers: BTreeMap<String, String>,
    settings: Django,
    host: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields, default)]
struct Django {
    secure_hsts_seconds: u64,
    secure_hsts_include_subdomains: bool,
    secure_hsts_preload: bool,
    secure_content_type_nosniff: bool,
    secure_referrer_policy: Option<Words>,
    secure_cross_origin_opener_policy: Option<String>,
    secure_ssl_redirect: bool,
    secure_ssl_host: Option<String>,
    secure_redirect_exempt: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    Text(String),
    List(Vec<String>),
}

#[derive(Deserialize)]
struct Output {
    status: u16,
    headers: BTreeMap<String, String>,
}

impl Default for Django {
    fn default() -> Self {
        Self {
            secure_hsts_seconds: 0,
            secure_hsts_include_subdomains: false,
            secure_hsts_preload: false,
            secure_content_type_nosniff: true,
            secure_referrer_policy: Some(Words::Text("same-origin".into())),
            secure_cross_origin_opener_policy: Some("same-origin".into()),
            secure_ssl_redirect: false,
            secure_ssl_host: None,
            secure_redirect_exempt: Vec::new(),
        }
    }
}

impl Django {
    fn apply(&self, headers: Settings) -> Settings {
        let mut headers = headers
            .trust_forwarded_proto("x-forwarded-proto", "https")
            .frame_options(None)
            .referrer_policies(self.referrer_policies())
            .opener_policy(
                self.secure_cross_origin_opener_policy
                    .as_ref()
                    .map(|policy| policy.parse().expect("the policy is known")),
            );
        if !self.secure_content_type_nosniff {
            headers = headers.without_nosniff();
        }
        if self.secure_hsts_seconds > 0 {
            headers = headers.hsts(self.hsts());
        }
        if self.secure_ssl_redirect {
            headers = headers.https_redirect(self.redirect());
        }
        headers
    }

    fn referrer_policies(&self) -> Vec<cloakroom::headers::ReferrerPolicy> {
        let words = match &self.secure_referrer_policy {
            None => Vec::new(),
            Some(Words::Text(text)) => text.split(',').collect(),
            Some(Words::List(list)) => list.iter().map(String::as_str).collect(),
        };
        let policies = words.into_iter().map(|word| word.trim().parse());
        policies
            .collect::<Result<_, _>>()
            .expect("the policies are known")
    }

    fn hsts(&self) -> Hsts {
        let mut hsts = Hsts::seconds(self.secure_hsts_seconds);
        if self.secure_hsts_include_subdomains {
            hsts = hsts.include_subdomains();
        }
        if self.secure_hsts_preload {
            hsts = hsts.preload();
        }
        hsts
    }

    fn redirect(&self) -> HttpsRedirect {
        let redirect = match &self.secure_ssl_host {
            Some(host) => HttpsRedirect::to_host(host),
            None => HttpsRedirect::to_requested_host(),
        };
        // Django holds the expressions against the path without its first slash.
        let exempt = self.secure_redirect_exempt.iter();
        exempt.fold(redirect, |redirect, expression| {
            let start = expression.strip_prefix('^');
            let start = start.expect("only what begins like this can be excepted");
            match start.strip_suffix('$') {
                Some(path) => redirect.except(format!("/{path}")),
                None => redirect.except_under(format!("/{start}")),
            }
        })
    }

    /// What preload lists refuse.
    fn does_not_start(&self) -> bool {
        let refused = !self.secure_hsts_include_subdomains || self.secure_hsts_seconds < YEAR;
        self.secure_hsts_seconds > 0 && self.secure_hsts_preload && refused
    }
}

fn cases() -> Vec<Case> {
    let mut texts = vec![CASES.to_owned()];
    if let Ok(file) = std::env::var(MORE) {
        texts.push(fs::read_to_string(file).expect("the file with more cases can be read"));
    }
    let all = texts.iter().flat_map(|text| {
        let cases: Vec<Value> = serde_json::from_str(text).expect("the cases are a list");
        cases
    });
    all.filter(|case| case["kind"] == "security_headers")
        .map(|case| serde_json::from_value(case).expect("the case has the fields of its kind"))
        .collect()
}

/// Writes a path as clients do.
fn encoded(path: &str) -> String {
    let bytes = path.bytes().map(|byte| match byte {
        0x21..=0x7e => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    });
    bytes.collect()
}

#[tokio::test]
async fn every_case_is_answered_as_by_django_but_for_what_differs_on_purpose() {
    let cases = cases();
    assert!(cases.len() >= 10);
    for Case { id, inputs, output } in cases {
        if inputs.settings.does_not_start() {
            let text = problems(|h| inputs.settings.apply(h));
            assert!(text.starts_with("headers.hsts: "), "{id}: {text}");
            continue;
        }
        let page = visit(&inputs).await;
        let status = if output.status == 301 {
            308
        } else {
            output.status
        };
        assert_eq!(page.status, status, "{id}");
        for name in [
            "strict-transport-security",
            "x-content-type-options",
            "referrer-policy",
            "cross-origin-opener-policy",
            "location",
        ] {
            let mut expected = output.headers.iter();
            let expected = expected
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.as_str());
            assert_eq!(one(&page.headers, name), expected, "{id}: {name}");
        }
    }
}

async fn visit(inputs: &Inputs) -> cloakroom::testing::Page {
    let headers: Vec<(HeaderName, HeaderValue)> = inputs
        .view_headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    let view = move || async move {
        let mut response = "view".into_response();
        response.headers_mut().extend(headers);
        response
    };
    let site = Site::with(Router::new().fallback(view), |builder| {
        builder.headers(|h| inputs.settings.apply(h))
    });
    let mut browser = site.browser.with_header("host", &inputs.host);
    if inputs.secure {
        browser = browser.with_header("x-forwarded-proto", "https");
    }
    browser.get(&encoded(&inputs.path)).await
}
