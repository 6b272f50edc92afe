// A page in one file: its modules are texts, which become Blobs when they are first imported. A classic script behind
// them.
//
//   oneFile.url("page/app.js")            the address of a module; what it imports comes first
//   oneFile.worker("engine/worker.js")    a worker of a module: a page from file:// may start a classic one only, which
//                                         makes Blobs of its own and imports them
//   await oneFile.unpack("things.atlas")      bytes that stand as base64 of gzip in an element

(() => {
  /** In a module's text "@page/ui.js" stands for the address of that module. */
  const linker = (sources) => {
    const textOf = (name) => {
      if (!Object.hasOwn(sources, name)) throw new Error(`This file has no ${name}.`);
      return sources[name];
    };
    const urls = {},
      urlOf = (name) =>
        (urls[name] ??= URL.createObjectURL(
          new Blob([textOf(name).replace(/"@([^"]+)"/g, (_, need) => JSON.stringify(urlOf(need)))], {
            type: "text/javascript",
          }),
        ));
    return urlOf;
  };
  const boot = (linkerOf) => {
    const early = [];
    self.onmessage = async ({ data: { sources, entry } }) => {
      self.onmessage = (event) => early.push(event);
      try {
        globalThis.oneFile = { url: linkerOf(sources) };
        await import(oneFile.url(entry));
      } catch (error) {
        setTimeout(() => {
          throw error;
        }); // the page hears of it as of any error of a worker
      }
      early.forEach((event) => self.onmessage(event));
    };
  };
  const readJson = (id) => JSON.parse(document.getElementById(id).textContent),
    sources = readJson("modules");
  const code = URL.createObjectURL(new Blob([`(${boot})(${linker})`], { type: "text/javascript" }));

  async function unpack(name) {
    const node = document.querySelector(`script[data-packed="${CSS.escape(name)}"]`);
    if (!node) throw new Error(`This file has no ${name}.`);
    const bytes = Uint8Array.from(atob(node.textContent), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  }

  function worker(entry) {
    const worker = new Worker(code),
      own = Object.entries(sources).filter(([name]) => name.startsWith("engine/"));
    worker.postMessage({ sources: Object.fromEntries(own), entry });
    return worker;
  }

  globalThis.oneFile = { url: linker(sources), worker, unpack };
})();
