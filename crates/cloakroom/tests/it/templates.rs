//! Messages and tokens in minijinja templates.
use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use cloakroom::messages::TrustedHtml;
use cloakroom::{CsrfToken, Messages};
use minijinja::{Environment, Value, context};

use crate::site::Site;

/// A site whose pages are these templates.
fn site(templates: &[(&'static str, &'static str)]) -> Site {
    let mut environment = Environment::new();
    let mut pages = Router::new().route("/say", get(say));
    for (name, text) in templates {
        environment
            .add_template(name, text)
            .expect("the template is sound");
        let name = *name;
        let page = move |State(environment): State<Environment<'static>>,
                         messages: Messages,
                         csrf: CsrfToken| async move {
            let template = environment.get_template(name).unwrap();
            let context = context! {
                messages => Value::from(&messages),
                csrf => Value::from(&csrf),
                ..csrf.context(),
            };
            Html(template.render(context).unwrap())
        };
        pages = pages.route(&format!("/{name}"), get(page));
    }
    Site::of(pages.with_state(environment))
}

async fn say(messages: Messages) {
    messages.success("<b>\"Tom's\"</b>");
    messages
        .add(cloakroom::Level::new(33), TrustedHtml("<i>it</i>".into()))
        .tags("toast");
}

#[tokio::test]
async fn a_template_that_iterates_shows_each_message_once() {
    let list =
        "{% for m in messages %}[{{ m.level }} {{ m.level_tag }} {{ m.tags }} {{ m }}]{% endfor %}";
    let site = site(&[("list.txt", list)]);
    site.browser.get("/say").await;
    let page = site.browser.get("/list.txt").await;
    assert_eq!(
        page.text,
        "[25 success success <b>\"Tom's\"</b>][33  toast <i>it</i>]"
    );
    assert_eq!(site.browser.get("/list.txt").await.text, "");
}

#[tokio::test]
async fn in_html_text_is_escaped_and_trusted_html_is_not() {
    let list = "{% for m in messages %}{{ m.text }}|{% endfor %}";
    let site = site(&[("list.html", list)]);
    site.browser.get("/say").await;
    let page = site.browser.get("/list.html").await;
    let (plain, trusted) = page.text.split_once('|').unwrap();
    assert!(plain.starts_with("&lt;b&gt;&quot;Tom&#x27;s"), "{plain}");
    assert_eq!(trusted, "<i>it</i>|");
}

#[tokio::test]
async fn in_html_a_message_that_is_printed_whole_is_escaped_in_any_case() {
    let list = "{% for m in messages %}{{ m }}{% endfor %}";
    let site = site(&[("list.html", list)]);
    site.browser.get("/say").await;
    let page = site.browser.get("/list.html").await;
    assert!(!page.text.contains('<'), "{}", page.text);
}

#[tokio::test]
async fn a_template_that_only_looks_consumes_nothing() {
    let site = site(&[
        ("none.html", "nothing"),
        (
            "branch.html",
            "{% if messages %}{{ messages|length }} wait{% endif %}",
        ),
        ("print.html", "{{ messages }}"),
        (
            "list.html",
            "{% for m in messages %}{{ m.tags }} {% endfor %}",
        ),
    ]);
    site.browser.get("/say").await;
    for _ in 0..2 {
        assert_eq!(site.browser.get("/none.html").await.text, "nothing");
        assert_eq!(site.browser.get("/branch.html").await.text, "2 wait");
        let printed = site.browser.get("/print.html").await;
        assert!(!printed.text.contains("Tom"), "{}", printed.text);
    }
    assert_eq!(site.browser.get("/list.html").await.text, "success toast ");
    assert_eq!(site.browser.get("/branch.html").await.text, "");
}

#[tokio::test]
async fn a_template_that_prints_no_token_sets_no_cookie() {
    let site = site(&[
        ("none.html", "nothing"),
        (
            "branch.html",
            "{% if csrf %}a form{% endif %}{{ csrf_other }}{% if csrf_token %}{% endif %}",
        ),
    ]);
    for path in ["/none.html", "/branch.html"] {
        let page = site.browser.get(path).await;
        assert!(page.set_cookies().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_template_prints_the_token_the_field_and_the_meta_tag() {
    let site = site(&[
        ("token.html", "{{ csrf }}"),
        ("input.html", "{{ csrf.input }}"),
        ("meta.html", "{{ csrf.meta }}"),
    ]);
    let token = site.browser.get("/token.html").await.text;
    assert_eq!(token.len(), 86);
    let input = site.browser.get("/input.html").await.text;
    let begin = "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"";
    assert!(
        input.starts_with(begin) && input.ends_with("\">"),
        "{input}"
    );
    let meta = site.browser.get("/meta.html").await.text;
    assert!(
        meta.starts_with("<meta name=\"csrf-token\" content=\""),
        "{meta}"
    );
    let sent = site.browser.clone().with_header("x-csrftoken", &token);
    let page = sent.post_raw("/say", "").await;
    assert_eq!(
        page.status, 405,
        "it passed, and there is nothing to post to"
    );
}

mod forms {
    //! Forms as template values.
    use cloakroom::form::{Choice, Context, Count, Form, Formset, Received};
    use minijinja::{Environment, Value, context};

    #[derive(Choice, Clone, Copy)]
    enum Kind {
        Person,
        Business,
    }

    #[derive(Form)]
    struct Info {
        #[field(help = "As in your passport")]
        name: String,
        kind: Option<Kind>,
        #[field(widget = hidden, initial = "1")]
        step: Option<u32>,
    }

    fn render(template: &str, form: &Value) -> String {
        let mut environment = Environment::new();
        environment.add_template("page.html", template).unwrap();
        let page = environment.get_template("page.html").unwrap();
        page.render(context! { form }).unwrap()
    }

    fn wrong() -> cloakroom::form::Bound<Info> {
        let received = Received::urlencoded(b"i-kind=business&i-step=%22");
        Info::receive(&received, Context::new().prefix("i"))
    }

    #[test]
    fn a_form_and_its_parts_are_html_that_is_not_escaped_again() {
        let form = wrong();
        let value = Value::from(&form);
        assert_eq!(render("{{ form.html }}", &value), form.to_string());
        assert_eq!(
            render("{{ form.summary }}", &value),
            form.summary().to_string()
        );
        assert_eq!(
            render("<form {{ form.attributes }}>", &value),
            "<form method=\"post\" novalidate>"
        );
        assert_eq!(
            render("{{ form.hidden }}", &value),
            "<input type=\"hidden\" name=\"i-step\" value=\"&quot;\">\n"
        );
        let fields = "{% for field in form %}{{ field.html }}{% endfor %}{{ form.hidden }}";
        assert_eq!(render(fields, &value), form.to_string());
    }

    #[test]
    fn a_template_builds_a_field_of_its_parts() {
        let value = Value::from(&wrong());
        let template = "{% set f = form.field.name %}<label for={{ f.id }}>{{ f.label }}{% if f.is_required %}*{% endif %}</label>\
             {{ f.help }} {{ f.errors|join }} {{ f.widget }} {{ f.name }}={{ f.value }}";
        assert_eq!(
            render(template, &value),
            "<label for=i-name>Name*</label>As in your passport Name is required \
             <input type=\"text\" id=\"i-name\" name=\"i-name\" aria-describedby=\"i-name-hint i-name-problem\" aria-invalid=\"true\" required> i-name="
        );
        let items = "{% for i in form.kind.items %}{{ i.label }}={{ i.value }}{% if i.is_chosen %}!{% endif %} {% endfor %}{{ form.kind.shown }}";
        assert_eq!(
            render(items, &value),
            "Person=person Business=business! Business"
        );
        let errors = "{{ form.title_prefix }}{% for e in form.errors %}{{ e.id }}: {{ e.text }};{% endfor %}";
        assert_eq!(
            render(errors, &value),
            "Error: i-name: Name is required;i-step: Step must be a whole number;"
        );
        let review = "{% for line in form.review %}{{ line.label }}: {{ line.text }};{% endfor %}";
        assert_eq!(render(review, &value), "Name: Not provided;Kind: Business;");
        assert_eq!(
            render("{% if form.nothing is defined %}x{% endif %}", &value),
            ""
        );
    }

    #[test]
    fn a_set_has_rows() {
        let set = Formset::<Info>::blank(Count::between(2, 3), Context::new().prefix("all"));
        let value = Value::from(&set);
        assert_eq!(render("{{ form.html }}", &value), set.to_string());
        let rows = "{% for row in form.rows %}{{ row.field.name.id }} {% endfor %}";
        assert_eq!(render(rows, &value), "all-0-name all-1-name ");
    }

    #[test]
    fn an_askama_template_prints_a_form_and_its_parts() {
        use askama::Template;

        #[derive(Template)]
        #[template(
            ext = "html",
            source = "{{ form.summary()|safe }}<form {{ form.form_attributes()|safe }}>\
                 {% for field in form.fields() %}{{ field|safe }}{% endfor %}{{ form.hidden()|safe }}</form>\
                 {% for field in form.fields() %}{{ field.label() }}: {{ field.shown() }};{% endfor %}"
        )]
        struct Page<'a> {
            form: &'a cloakroom::form::Sheet,
        }
        let form = wrong();
        let page = Page { form: &form }.render().unwrap();
        let (summary, attributes) = (form.summary(), form.form_attributes());
        let parts =
            format!("{summary}<form {attributes}>{form}</form>Name: Not provided;Kind: Business;");
        assert_eq!(page, parts);
    }
}

#[tokio::test]
async fn a_template_knows_the_token_by_the_names_of_its_forms() {
    let site = site(&[
        ("token.html", "{{ csrf_token }}"),
        ("input.html", "{{ csrf_input }}"),
        ("meta.html", "{{ csrf_meta }}"),
    ]);
    assert_eq!(site.browser.get("/token.html").await.text.len(), 86);
    for (path, begin) in [
        (
            "/input.html",
            "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"",
        ),
        ("/meta.html", "<meta name=\"csrf-token\" content=\""),
    ] {
        let text = site.browser.get(path).await.text;
        assert!(text.starts_with(begin) && text.ends_with("\">"), "{text}");
    }
}
