// Adds the CSRF token to whatever scripts of this page send to its own site.
(() => {
  const header = "HEADER";
  const token = (method, url) => {
    if (/^(GET|HEAD|OPTIONS|TRACE)$/i.test(method) || new URL(url, document.baseURI).origin !== origin) return;
    const kept = `; ${document.cookie}`.split("; COOKIE=")[1];
    return kept?.split(";")[0] ?? document.querySelector("meta[name=csrf-token]")?.content;
  };
  const get = fetch;
  fetch = async (to, init) => {
    const { url = to, method = "GET", headers } = to instanceof Request ? to : {};
    const proof = token(init?.method ?? method, url);
    const all = new Headers(init?.headers ?? headers);
    if (proof && !all.has(header)) all.set(header, proof), (init = { ...init, headers: all });
    return get(to, init);
  };
  const xhr = XMLHttpRequest.prototype;
  const { open, setRequestHeader: set } = xhr;
  xhr.open = function (...to) {
    open.apply(this, to);
    if ((this.csrf = token(...to))) set.call(this, header, this.csrf);
  };
  xhr.setRequestHeader = function (name, value) {
    if (!this.csrf || name.toLowerCase() !== header) set.call(this, name, value);
  };
})();
