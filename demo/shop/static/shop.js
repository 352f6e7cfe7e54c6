// Adds to the cart without leaving the page. Without this file the same buttons post their form.

const messages = document.getElementById("messages");
const count = document.querySelector("[data-cart-count]");

/** How long a message floats over a page that is scrolled down, in milliseconds. */
const FLOATS = 6000;
let landing;

document.addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  if (!button?.dataset.added) return;
  event.preventDefault();
  add(form, button).catch(() => postInstead(form, button));
});

async function add(form, button) {
  const fields = new FormData(form);
  const product = new URL(button.formAction).pathname.split("/").pop();
  const quantity = Number(fields.get("quantity") ?? 1);
  const response = await fetch("/api/cart", {
    method: "POST",
    // The library's csrf.js adds the token.
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ product: Number(product), quantity }),
  });
  if (!response.ok) throw new Error(`the cart answered ${response.status}`);
  const cart = await response.json();
  count.textContent = cart.count;
  const full = cart.items[product] >= Number(messages.dataset.most);
  if (full) say("warning", messages.dataset.full);
  else say("success", button.dataset.added);
}

// A live region is read out when its text changes, so the element comes first and the words after it.
function say(kind, text) {
  const message = document.createElement("p");
  message.className = `message ${kind}`;
  message.setAttribute("role", "status");
  messages.replaceChildren(message);
  requestAnimationFrame(() => (message.textContent = text));
  clearTimeout(landing);
  messages.classList.remove("floating");
  if (messages.getBoundingClientRect().bottom > 0) return;
  messages.classList.add("floating");
  landing = setTimeout(() => messages.classList.remove("floating"), FLOATS);
}

// A page that shows errors answers a form. Coming back to it shall not ask whether to send the form again.
history.replaceState(null, "", location.href);

// A form that is sent once, however often its button is pressed. The server doesn't rely on it.
document.addEventListener("submit", (event) => {
  const { sent, once } = event.target.dataset;
  if (once === undefined) return;
  if (sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});

// Back brings a page as it was left, and it may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
});

// Going back brings what was typed; the link would load the page anew.
for (const link of document.querySelectorAll("[data-back]")) {
  link.addEventListener("click", (event) => {
    if (history.length < 2) return;
    event.preventDefault();
    history.back();
  });
}

for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).href);
    say("success", button.dataset.copied);
  });
}

function postInstead(form, button) {
  form.action = button.formAction;
  form.submit();
}
