//! A real nginx, set up by the very block of the page on deploying, before a site that is set up as that page says.
mod before;
mod site;

use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

use before::{Before, Large};

type Check = fn() -> Result<(), Failed>;

const TRIALS: &[(&str, Check)] = &[
    (
        "behind_nginx_cookies_are_for_https_and_for_this_host_alone",
        cookies,
    ),
    (
        "behind_nginx_a_form_of_our_own_passes_and_anothers_does_not",
        forms,
    ),
    (
        "behind_nginx_plain_http_is_led_to_https_whatever_a_visitor_says_of_himself",
        plain,
    ),
    ("behind_nginx_an_upload_of_9_mib_arrives", uploads),
    (
        "behind_nginx_set_up_for_large_cookies_they_pass_both_ways",
        large_cookies,
    ),
    (
        "behind_nginx_set_up_for_websockets_their_handshake_arrives",
        websockets,
    ),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let missing = ["nginx", "curl", "openssl"]
        .into_iter()
        .find(|name| Command::new(name).arg("-v").output().is_err());
    let in_ci = std::env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false");
    let trials = TRIALS.iter().map(|(name, check)| {
        let name = match missing {
            Some(program) => format!("{name} (needs {program})"),
            None => (*name).to_owned(),
        };
        Trial::test(name, *check).with_ignored_flag(missing.is_some() && !in_ci)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn cookies() -> Result<(), Failed> {
    let nginx = Before::start(Large::No)?;
    let page = nginx.get("/", &[])?;
    let set: Vec<_> = page.headers("set-cookie").collect();
    assert!(!set.is_empty(), "{page:?}");
    for cookie in set {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        assert!(cookie.contains("; Secure"), "{cookie}");
    }
    assert!(page.headers("strict-transport-security").count() == 1);
    Ok(())
}

fn forms() -> Result<(), Failed> {
    let nginx = Before::start(Large::No)?;
    let page = nginx.get("/", &[])?;
    let cookie = format!("Cookie: {}", page.cookies());
    let token = page.token();
    let own = format!("Origin: {}", nginx.origin());
    let without_port = "Origin: https://shop.example.test";
    let note = "note=kept";
    let with_token = format!("{note}&csrfmiddlewaretoken={token}");
    let rows: [(&[&str], &str, u16); 5] = [
        (&["Sec-Fetch-Site: same-origin"], note, 200),
        (&[&own], note, 200),
        (&[], &with_token, 200),
        (&[], note, 403),
        (&[without_port], note, 403),
    ];
    for (headers, body, expected) in rows {
        let headers: Vec<&str> = headers.iter().copied().chain([&*cookie]).collect();
        let answer = nginx.post("/", body.as_bytes(), &headers)?;
        assert_eq!(answer.status, expected, "{headers:?} {body} {answer:?}");
    }
    Ok(())
}

fn plain() -> Result<(), Failed> {
    let nginx = Before::start(Large::No)?;
    let answer = nginx.get_plain("/cart?a=1", &["X-Forwarded-Proto: https"])?;
    assert_eq!(answer.status, 308, "{answer:?}");
    let to: Vec<_> = answer.headers("location").collect();
    assert_eq!(to, ["https://shop.example/cart?a=1"]);
    assert_eq!(answer.headers("set-cookie").count(), 0);
    Ok(())
}

fn uploads() -> Result<(), Failed> {
    let nginx = Before::start(Large::No)?;
    let file = vec![b'x'; 9 << 20];
    let answer = nginx.post("/upload", &file, &["Sec-Fetch-Site: same-origin"])?;
    assert_eq!((answer.status, &*answer.body), (200, "9437184"));
    Ok(())
}

fn large_cookies() -> Result<(), Failed> {
    let nginx = Before::start(Large::Yes)?;
    let answer = nginx.get("/fill", &[])?;
    assert_eq!(answer.status, 200, "{answer:?}");
    let cookies = answer.cookies();
    assert!(cookies.len() > 12_000, "{}", cookies.len());
    // What four drafts of a wizard take besides.
    let drafts: String = (0..16)
        .map(|number| format!("; draft{number}={}", "x".repeat(4_000)))
        .collect();
    let answer = nginx.get("/filled", &[&format!("Cookie: {cookies}{drafts}")])?;
    assert_eq!((answer.status, &*answer.body), (200, "11000"));
    // The lines are needed.
    let bare = Before::start(Large::No)?;
    assert_eq!(bare.get("/fill", &[])?.status, 502);
    assert_eq!(
        bare.get("/filled", &[&format!("Cookie: {cookies}")])?
            .status,
        400
    );
    Ok(())
}

fn websockets() -> Result<(), Failed> {
    let asked = ["Connection: Upgrade", "Upgrade: websocket"];
    let nginx = Before::start(Large::Yes)?;
    assert_eq!(nginx.get("/asked", &asked)?.body, "upgrade websocket");
    assert_eq!(nginx.get("/asked", &[])?.body, "close -");
    Ok(())
}
