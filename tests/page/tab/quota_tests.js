// The quota of a visitor on ZeroGPU: the frame of the Hub is asked for it, and nobody else.

import assert from "node:assert/strict";

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
};
