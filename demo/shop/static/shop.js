// Adds to the cart without leaving the page. Without this file the same buttons post their form.

const messages = document.getElementById("messages");
const count = document.querySelector("[data-cart-count]");

document.addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  if (!button?.dataset.added) return;
  event.preventDefault();
  add(form, button).catch(() => postInstead(form, button));
});

async function add(form, button) {
  const { pathname } = new URL(button.formAction);
  const fields = new FormData(form);
  const response = await fetch("/api/cart", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": fields.get("csrfmiddlewaretoken") },
    body: JSON.stringify({
      product: Number(pathname.split("/").pop()),
      quantity: Number(fields.get("quantity") ?? 1),
    }),
  });
  if (!response.ok) throw new Error(`the cart answered ${response.status}`);
  const cart = await response.json();
  count.textContent = cart.count;
  say(button.dataset.added);
}

// A live region is read out when its text changes, so the element comes first and the words after it.
function say(text) {
  const message = document.createElement("p");
  message.className = "message success";
  message.setAttribute("role", "status");
  messages.replaceChildren(message);
  requestAnimationFrame(() => (message.textContent = text));
  if (messages.getBoundingClientRect().top < 0) messages.classList.add("floating");
}

function postInstead(form, button) {
  form.action = button.formAction;
  form.submit();
}
