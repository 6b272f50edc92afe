/**
 * The first screen: on the projector the address, the QR code and the code of the room; on a phone a welcome.
 */

import { element } from "../scene/html.js";

/** @typedef {import("./page.js").Context} Context */

export class JoinScreen {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.isAsked = false;
    this.node = element("div", { class: "class-join-screen" });
    this.address = element("div", { class: "class-address", id: "class-address" });
    this.names = element("ul", { class: "class-names", id: "class-names" });
    this.note = element("p", { class: "class-check", id: "class-check" });
  }

  /** @param {any} view */
  show(view) {
    const { say, isTeacher } = this.context;
    if (!isTeacher) {
      this.node.replaceChildren(element("p", { class: "class-welcome" }, [say("join.waiting", { name: view.me.nickname })]),
        element("p", { class: "class-quiet" }, [say("people", { n: view.people })]));
      return;
    }
    if (!this.isAsked) {
      this.isAsked = true;
      this.node.replaceChildren(this.address, element("div", { class: "class-code-side" }, [
        element("p", { class: "class-label" }, [say("join.code")]),
        element("p", { class: "class-code", id: "class-room" }, [view.room]), this.names]));
      void this.askPlaces();
    }
    if (view.reached) this.note.textContent = `✓ ${say("join.reached")}`;
    this.names.replaceChildren(...(view.names.length ? view.names.map((/** @type {[number, string]} */ [, name]) => element("li", {}, [name]))
      : [element("li", { class: "class-quiet" }, [say("join.none")])]));
  }

  async askPlaces() {
    const { say, connection } = this.context;
    this.address.replaceChildren(element("p", {}, [say("join.checking")]));
    const { loopback, places, command } = await connection.act("places", { at: location.href.split(/[?#]/)[0] });
    const found = places.filter((/** @type {any} */ place) => place.answers);
    if (found.length) this.showPlaces(found, loopback);
    else this.showLoopback(places, command);
  }

  /** @param {any[]} places @param {boolean} isFound whether this computer looked for them */
  showPlaces(places, isFound) {
    const { say } = this.context, image = element("img", { alt: "QR", class: "class-qr", id: "class-qr" });
    const said = element("p", { class: "class-url", id: "class-url" });
    const choose = (/** @type {any} */ place) => {
      image.src = place.qr;
      said.textContent = place.url.replace(/^https?:\/\//, "").replace(/\?.*$/, "");
      said.dataset.url = place.url;
    };
    const others = places.length < 2 ? [] : [element("label", { class: "class-others" }, [say("join.others"), " ",
      element("select", { onchange: (/** @type {any} */ event) => choose(places[event.target.selectedIndex]) },
        places.map((place) => element("option", {}, [new URL(place.url).host])))])];
    choose(places[0]);
    this.note.textContent = this.note.textContent || (isFound ? say("join.checked") : "");
    this.address.replaceChildren(element("h1", {}, [say("join.title")]), element("p", { class: "class-label" }, [say("join.open")]),
      said, image, ...others, this.note);
  }

  /**
   * @param {any[]} places addresses at which nothing answers, as the server listens on loopback
   * @param {string} command that starts the server for the network
   */
  showLoopback(places, command) {
    const { say } = this.context;
    const then = places.length ? say("join.loopback_then", { url: places[0].url.replace(/\?.*$/, "") }) : say("join.no_network");
    this.address.replaceChildren(element("h1", {}, [say("join.title")]),
      element("div", { class: "class-loopback", id: "class-loopback" }, [element("p", {}, [say("join.loopback")]),
        element("code", {}, [command]), element("p", {}, [then])]), this.note);
  }
}
