//! The first page: how many sessions there are, how that went today, and how store, sweeping, keys and wizards are.
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use cloakroom::store::Summary;

use crate::amount::{number, size};
use crate::dashboard::page::{Safe, Same, answer, page, table};
use crate::dashboard::plot::{Line, plot};
use crate::dashboard::sampler::{Sample, Waiting};
use crate::dashboard::{Desk, Visit, keys};
use crate::funnel::{Funnel, Step};
use crate::when::When;

/// How many devices are shown.
const DEVICES: usize = 8;

pub(super) async fn show(State(desk): State<Arc<Desk>>, visit: Visit) -> Response {
    let live = live_part(&desk);
    let main = format!(
        "<h1>Sessions of this site</h1>\n<div id=\"live\" data-from=\"{}/live\">\n{live}</div>\n",
        Same(&visit.base)
    );
    page(&visit, "Overview", "/", &main)
}

/// Answers the script that brings the page up to date.
pub(super) async fn live(State(desk): State<Arc<Desk>>, _visit: Visit) -> Response {
    answer(StatusCode::OK, live_part(&desk))
}

fn live_part(desk: &Desk) -> String {
    let samples = desk.sampler.samples();
    let waiting = desk.sampler.waiting();
    let mut out = String::new();
    if let Some(trouble) = desk.sampler.trouble() {
        out.push_str(&format!(
            "<p class=\"alarm\" role=\"alert\">{}</p>\n",
            Safe(&trouble)
        ));
    }
    out.push_str(&tiles(desk, samples.last(), &waiting));
    out.push_str("<div class=\"plots\">\n");
    out.push_str(&plots(&samples));
    out.push_str("</div>\n<div class=\"tables\">\n");
    for part in [
        store(desk, samples.last()),
        keys::table_of(desk),
        devices(samples.last()),
        ages(samples.last()),
    ] {
        out.push_str(&format!("<section>{part}</section>\n"));
    }
    for (caption, name, head) in COUNTED {
        let mut counted = desk.figures.by_labels(name);
        counted.retain(|(_, count)| *count > 0);
        let rows: Vec<_> = counted.into_iter().map(row).collect();
        out.push_str(&format!(
            "<section>{}</section>\n",
            table(caption, head, &rows)
        ));
    }
    let funnels = funnels(desk, &waiting);
    out.push_str(&format!("</div>\n<section>{funnels}</section>\n"));
    out
}

/// Tables of counters by their labels: caption, metric, heads.
const COUNTED: [(&str, &str, &[&str]); 4] = [
    (
        "What happened to sessions",
        "cloakroom_session_events_total",
        &["Event", "Times"],
    ),
    (
        "Signs of an attack",
        "cloakroom_signals_total",
        &["Signal", "Times"],
    ),
    (
        "Requests refused as forged",
        "cloakroom_csrf_refused_total",
        &["Reason", "Times"],
    ),
    (
        "Requests by kind of access",
        "cloakroom_requests_total",
        &["Access", "Times"],
    ),
];

fn row((labels, count): (Vec<String>, u64)) -> Vec<String> {
    vec![Safe(&labels.join(", ")).to_string(), number(count)]
}

fn tiles(desk: &Desk, last: Option<&Sample>, waiting: &Waiting) -> String {
    // Of what was never counted nobody can say that there is none.
    let known = |count: fn(&Summary) -> u64| {
        last.map_or_else(|| "–".to_owned(), |sample| number(count(&sample.summary)))
    };
    let figures = &desk.figures;
    let sweeping = desk.cloakroom.sweep_status();
    let counted = last.map_or_else(
        || match desk.sampler.trouble() {
            Some(_) => "not counted".to_owned(),
            None => "being counted".to_owned(),
        },
        |sample| format!("counted {}", When(sample.at).from(desk.now())),
    );
    let tiles = [
        ("Live", known(|it| it.live), counted),
        (
            "Signed in",
            known(|it| it.signed_in),
            format!("{} in the last hour", known(|it| it.active)),
        ),
        (
            "Expired",
            known(|it| it.expired),
            format!("oldest waits {} s", sweeping.lag.as_secs()),
        ),
        (
            "Store",
            last.map_or_else(
                || "–".into(),
                |it| format!("{:.1} ms", it.check.as_secs_f64() * 1e3),
            ),
            desk.cloakroom.store().name().to_owned(),
        ),
        (
            "Conflicts",
            number(figures.counted("cloakroom_save_conflicts_total")),
            format!(
                "{} clashed",
                number(figures.counted("cloakroom_clashes_total"))
            ),
        ),
        (
            "Uploads waiting",
            waiting
                .uploads
                .map_or_else(|| "–".into(), |it| number(it.files)),
            waiting.uploads.map_or_else(
                || "no storage for files".into(),
                |it| format!("{}, {} incomplete", size(it.bytes), number(it.incomplete)),
            ),
        ),
        (
            "Messages dropped",
            number(figures.counted("cloakroom_messages_dropped_total")),
            format!(
                "{} records unreadable",
                number(figures.counted("cloakroom_undecodable_total"))
            ),
        ),
    ];
    let tile = |(name, value, note): (&str, String, String)| {
        format!(
            "<div class=\"tile\"><dt>{name}</dt><dd>{}<small>{}</small></dd></div>\n",
            Safe(&value),
            Safe(&note)
        )
    };
    format!("<dl class=\"tiles\">\n{}</dl>\n", tiles.map(tile).concat())
}

fn plots(samples: &[Sample]) -> String {
    let at: Vec<_> = samples.iter().map(|sample| sample.at).collect();
    let line = |name, class, value: fn(&Sample) -> u64| Line {
        name,
        class,
        values: samples.iter().map(value).collect(),
    };
    let sessions = [
        line("live", "line-a", |it| it.summary.live),
        line("expired", "line-b", |it| it.summary.expired),
    ];
    let coming = [
        line("begun", "line-a", |it| it.begun),
        line("signed in", "line-c", |it| it.logins),
    ];
    plot("Sessions", &at, &sessions) + &plot("Begun and signed in, between two looks", &at, &coming)
}

fn store(desk: &Desk, last: Option<&Sample>) -> String {
    let millis = |seconds: f64| format!("{:.2} ms", seconds * 1e3);
    let mut rows: Vec<_> = desk
        .figures
        .spread("cloakroom_store_seconds")
        .into_iter()
        .map(|it| {
            vec![
                Safe(&it.labels.join(", ")).to_string(),
                number(it.count),
                millis(it.half),
                millis(it.most),
            ]
        })
        .collect();
    if let Some(sample) = last {
        let health = vec![
            "check".into(),
            "1".into(),
            millis(sample.check.as_secs_f64()),
            "–".into(),
        ];
        rows.insert(0, health);
    }
    let state = match desk.figures.level("cloakroom_store_breaker_open") {
        Some(open) if open > 0.0 => {
            "<p class=\"alarm\">The breaker is open: the server does not answer.</p>\n"
        }
        _ => "",
    };
    state.to_owned()
        + &table(
            "How fast the store answers",
            &["Question", "Times", "Half below", "95 % below"],
            &rows,
        )
}

fn devices(last: Option<&Sample>) -> String {
    let empty = Default::default();
    let by_device = last.map_or(&empty, |sample| &sample.summary.by_device);
    let mut devices: Vec<_> = by_device.iter().collect();
    devices.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let row = |(device, count): (&Option<String>, &u64)| {
        vec![
            Safe(device.as_deref().unwrap_or("unknown")).to_string(),
            number(*count),
        ]
    };
    let rows: Vec<_> = devices.into_iter().take(DEVICES).map(row).collect();
    table("Devices of signed-in users", &["Device", "Sessions"], &rows)
}

fn ages(last: Option<&Sample>) -> String {
    let names = [
        "a minute",
        "10 minutes",
        "an hour",
        "6 hours",
        "a day",
        "a week",
        "30 days",
        "90 days",
    ];
    let limits = names
        .iter()
        .map(|name| format!("below {name}"))
        .chain(["older".into()]);
    let counts = last.map_or([0; Summary::AGES.len() + 1], |sample| sample.summary.by_age);
    let rows: Vec<_> = limits
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(limit, count)| vec![limit, number(count)])
        .collect();
    table("How old sessions are", &["Begun", "Sessions"], &rows)
}

fn funnels(desk: &Desk, waiting: &Waiting) -> String {
    let mut funnel = Funnel::of(&desk.figures);
    funnel.add(&waiting.drafts);
    let row = |step: &Step| {
        let name = if step.step.is_empty() {
            "?"
        } else {
            &step.step
        };
        let names = [&step.wizard, name].map(|name| Safe(name).to_string());
        let counts = [
            step.entered,
            step.errors,
            step.completed,
            step.open,
            step.stuck,
        ];
        names.into_iter().chain(counts.map(number)).collect()
    };
    let rows: Vec<_> = funnel.steps().into_iter().map(row).collect();
    let head = [
        "Wizard",
        "Step",
        "Entered",
        "Errors",
        "Completed",
        "Drafts",
        "Stuck for a day",
    ];
    table("Wizards, step by step", &head, &rows)
}
