//! The spans of a request: what it was, what was asked of the store for it, and nothing of its visitor.
use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::site::{Site, every_store, routes};

/// All that was traced.
#[derive(Clone, Default)]
struct Traced(Arc<Mutex<Vec<u8>>>);

impl io::Write for Traced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Traced {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

#[tokio::test]
async fn a_requests_spans_tell_its_access_and_each_question_to_whichever_store() {
    let traced = Traced::default();
    let writer = traced.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::DEBUG)
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone());
    let _reading = subscriber.finish().set_default();
    for (name, store, _folder) in every_store().await {
        let system = match store.name() {
            "postgres" => "postgresql",
            name => name,
        };
        let site = Site::on(store, routes(), |builder| builder);
        traced.take();
        for (path, access, steps) in [
            ("/set/coat/wool", "written", &["create"][..]),
            ("/get/coat", "read", &["load"]),
            ("/set/coat/silk", "written", &["load", "save"]),
            ("/renew", "written", &["load", "renew"]),
            ("/logout", "written", &["load", "end"]),
        ] {
            site.browser.get(path).await;
            let told = traced.take();
            let request = format!(
                "cloakroom.request{{http.request.method=\"GET\" cloakroom.access=\"{access}\" cloakroom.outcome=\"answered\" http.response.status_code=200}}: "
            );
            assert!(told.contains(&request), "{name} {path}: {told}");
            assert!(
                !told.contains(path) && !told.contains("wool"),
                "{name}: {told}"
            );
            if access == "written" {
                assert!(
                    told.contains(":cloakroom.save{cloakroom.step="),
                    "{name} {path}: {told}"
                );
            }
            for step in steps {
                let asked = format!(
                    ":cloakroom.store{{otel.kind=\"client\" db.system.name=\"{system}\" db.operation.name=\"{step}\"}}"
                );
                assert!(told.contains(&asked), "{name} {path}: {told}");
            }
        }
    }
}
