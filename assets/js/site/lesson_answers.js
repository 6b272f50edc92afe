// The requests of the offline lesson are answered from a table in the page, and by the engine of the page around it.
(() => {
  const { scenes, runs, seen } = JSON.parse(document.getElementById('answers').textContent);
  const STEP_MS = 700; // between two measured steps of a replay
  const started = new Map(), waiting = new Map();
  const json = (found) => new Response(JSON.stringify(found));

  function scenesAt(place) {
    const html = scenes[String(Number(place))];
    return html === undefined ? { error: `completeness=${place}: there are no scenes here` } : { html };
  }

  /** How far a replay is; one that was begun before the page was loaded has ended. */
  function replayed(run) {
    if (!Object.hasOwn(runs, run)) return { error: `run=${run}: it is not in this file` };
    const passed = started.has(run) ? Math.floor((performance.now() - started.get(run)) / STEP_MS) : Infinity;
    return runs[run][Math.min(passed, runs[run].length - 1)];
  }

  const calls = {
    start_run(run) {
      started.set(run, performance.now());
      return { run, owner_key: '' };
    },
    swaps: (caption) => parent.lessonEngine.swaps(caption),
    score(model, [picture], texts) {
      const place = [...document.querySelectorAll('#probe-pictures img')].findIndex((image) => image.src === picture);
      return parent.lessonEngine.score({ model, image: seen[place], texts });
    },
  };

  /** The two requests of a call: the first begins it, the second reads its answer as a stream of events. */
  async function called(name, id, body) {
    if (body) {
      waiting.set('1', Promise.resolve().then(() => calls[name](...body.data)));
      return json({ event_id: '1' });
    }
    try {
      return new Response(`event: complete\ndata: ${JSON.stringify([await waiting.get(id)])}\n`);
    } catch (error) {
      return new Response(`event: error\ndata: ${JSON.stringify({ error: error.message })}\n`);
    }
  }

  window.fetch = async (address, options) => {
    const asked = new URL(address, 'http://lesson/'), query = asked.searchParams;
    const [, name, id] = /^\/gradio_api\/call\/(\w+)(?:\/(\w+))?/.exec(asked.pathname) ?? [];
    if (name) return called(name, id, options && JSON.parse(options.body));
    if (asked.pathname === '/lesson/run') return json(replayed(query.get('run')));
    if (asked.pathname === '/lesson/budget') return json({ html: '' });
    return json(scenesAt(query.get('completeness')));
  };
})();
