// Adds the CSRF token to whatever scripts of this page send to its own site, unless they add it themselves.
(() => {
  const header = "HEADER";
  const token = (method, url) => {
    if (/^(GET|HEAD|OPTIONS|TRACE)$/i.test(method) || new URL(url, document.baseURI).origin != origin) return;
    const kept = `; ${document.cookie}`.split("; COOKIE=")[1];
    return kept?.split(";")[0] ?? document.querySelector("meta[name=csrf-token]")?.content;
  };
  const get = fetch;
  fetch = async (to, init) => {
    const { url = to, method = "GET", headers } = to instanceof Request ? to : {};
    const csrf = token(init?.method ?? method, url);
    const all = new Headers(init?.headers ?? headers);
    if (csrf && !all.has(header)) all.set(header, csrf), (init = { ...init, headers: all });
    return get(to, init);
  };
  const xhr = XMLHttpRequest.prototype;
  const { open, send, setRequestHeader: set } = xhr;
  xhr.open = function (...to) {
    open.apply(this, to);
    this.csrf = token(...to);
  };
  xhr.setRequestHeader = function (name, value) {
    set.call(this, name, value);
    if (name.toLowerCase() == header) this.csrf = 0;
  };
  xhr.send = function (body) {
    if (this.csrf) set.call(this, header, this.csrf);
    send.call(this, body);
  };
})();
