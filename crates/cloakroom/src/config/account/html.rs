//! A user's sessions as HTML, for pages that have no look of their own for them.
use std::fmt::{self, Write};

use crate::config::account::{OwnSession, OwnSessions};
use crate::csrf::CsrfToken;

impl OwnSessions {
    /// Returns a form that ends all other sessions and asks for the password, and below it a list with a button for each session: a
    /// list may be long.
    ///
    /// The buttons send to `{url}/{handle}/revoke`, the form sends `password` to `{url}/revoke-others`. It needs no
    /// script and no style; the classes are `own-sessions`, `own-session` and `this`.
    #[must_use]
    pub fn html(&self, url: &str, csrf: &CsrfToken) -> String {
        let mut out = String::new();
        if self.has_others() {
            let _ = write!(
                out,
                "<form method=\"post\" action=\"{}/revoke-others\">{}\n\
                 <p><label for=\"own-sessions-password\">Your password</label>\n\
                 <input id=\"own-sessions-password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required></p>\n\
                 <button>Sign out everywhere else</button></form>\n",
                Escaped(url),
                csrf.input()
            );
        }
        out.push_str("<ul class=\"own-sessions\">\n");
        for session in &self.all {
            out.push_str(&item(session, url, csrf));
        }
        out.push_str("</ul>\n");
        if self.is_this_alone() {
            out.push_str("<p>This site can't show where else you are signed in.</p>\n");
        }
        if self.more() > 0 {
            let _ = writeln!(out, "<p>And {} more, used longer ago.</p>", self.more());
        }
        out
    }
}

fn item(session: &OwnSession, url: &str, csrf: &CsrfToken) -> String {
    let device = session.device.as_deref().unwrap_or("Unknown browser");
    let began = session.began_ago.iter();
    let mut facts: Vec<_> = began.map(|ago| format!("signed in {ago}")).collect();
    facts.extend(session.method.as_ref().map(|it| format!("by {it}")));
    facts.extend(session.network.as_ref().map(|it| format!("from {it}")));
    let (class, used, button) = match session.is_this {
        true => (" this", "this session".to_owned(), "Sign out"),
        false => {
            let seen = session.seen_ago.as_deref();
            let used = seen.map_or_else(String::new, |seen| format!("last used {seen}"));
            ("", used, "Sign out there")
        }
    };
    format!(
        "<li class=\"own-session{class}\"><form method=\"post\" action=\"{}/{}/revoke\">{}\n\
         <p><b>{}</b> {}</p>\n<p>{}</p>\n<button>{button}</button></form></li>\n",
        Escaped(url),
        session.handle,
        csrf.input(),
        Escaped(device),
        Escaped(&used),
        Escaped(&facts.join(" ")),
    )
}

/// A text between tags or quotes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            letter => f.write_char(letter),
        })
    }
}
