// The quota of a visitor on ZeroGPU: the frame of the Hub is asked for it, and nobody else.

import assert from "node:assert/strict";

import { Address } from "../../../assets/page/address.js";
import { ServerBackend, VisitorQuota } from "../../../assets/page/backend.js";

/** A page in the frame of the Hub, whose frame answers what `answers` says; and what the frame was asked. */
function framed(host, answers) {
  const asked = [],
    heard = [],
    page = { location: { hostname: host }, addEventListener: (_, hear) => heard.push(hear) };
  page.parent = {
    postMessage: (data, origin, [port] = []) => {
      asked.push([data, origin]);
      const answer = answers[data];
      if (port && answer) port.postMessage(answer);
      else if (answer) for (const hear of heard) hear({ data: answer, origin: answers.origin ?? origin });
    },
  };
  return { page, asked };
}

export const quotaTests = {
  "a visitor's quota is asked of the Hub's frame, and goes along with acts and jobs": async () => {
    const { page, asked } = framed("owner-explorer.hf.space", {
      "supports-zerogpu-headers": "supports-zerogpu-headers",
      "zerogpu-headers": { "x-ip-token": "token", "X-Owner-Key": "another", "x-zerogpu-uuid": 7 },
    });
    const sent = [],
      whole = globalThis.fetch;
    globalThis.fetch = async (address, options) => {
      sent.push([address, options.headers]);
      return { ok: true, json: async () => ({}) };
    };
    try {
      await new ServerBackend(() => "key", new VisitorQuota(page)).act("train", {});
    } finally {
      globalThis.fetch = whole;
    }
    assert.deepEqual(sent, [
      ["a/train", { "x-ip-token": "token", "X-Owner-Key": "key", "Content-Type": "application/json" }],
    ]);
    assert.deepEqual(asked, [
      ["supports-zerogpu-headers", "https://huggingface.co"],
      ["zerogpu-headers", "https://huggingface.co"],
    ]);
  },

  "nobody else is asked for a quota, and nobody else may answer": async () => {
    const elsewhere = framed("localhost", {}),
      foreign = framed("owner-explorer.hf.space", {
        "supports-zerogpu-headers": "supports-zerogpu-headers",
        "zerogpu-headers": { "x-ip-token": "theirs" },
        origin: "https://evil.example",
      });
    for (const { page } of [elsewhere, foreign]) assert.deepEqual(await new VisitorQuota(page).headers(), {});
    assert.deepEqual(elsewhere.asked, []);
    const alone = { location: { hostname: "owner-explorer.hf.space" } };
    alone.parent = alone;
    assert.deepEqual(await new VisitorQuota(alone).headers(), {});
  },

  "an address is told to the frame of the Hub, and no other frame is sent a message that its browser calls an error"() {
    const before = { ...Object.getOwnPropertyDescriptors(globalThis) },
      told = (host) => {
        const { page, asked } = framed(host, {}),
          { location } = page;
        Object.assign(location, { pathname: "/", search: "?tab=bench" });
        globalThis.location = location;
        globalThis.window = page;
        globalThis.history = {
          state: null,
          replaceState: (state, title, to) => (location.search = new URL(to, "http://a").search),
        };
        new Address(false).write({ run: "tidy-3" });
        return asked;
      };
    try {
      assert.deepEqual(
        ["", "127.0.0.1", "blog.example"].map((host) => told(host)),
        [[], [], []],
      );
      assert.deepEqual(told("owner-explorer.hf.space"), [
        [{ queryString: "tab=bench&run=tidy-3" }, "https://huggingface.co"],
      ]);
    } finally {
      for (const name of ["location", "window", "history"]) {
        delete globalThis[name];
        if (before[name]) Object.defineProperty(globalThis, name, before[name]);
      }
    }
  },
};
