/** Who it is as a picture: their photo once it is there, else initials, else the figure of a person. */

import { h, setAttribute, setIcon, setText } from "./dom.js";
import { bucket, initials } from "./format.js";

const COLOURS = 6;
// Whatever a candidate says: nothing but the web is asked for a photo.
const WEB = /^https?:\/\//;

export class Avatar {
  element = h("div", { class: "avatar", "aria-hidden": "true" });
  /** What is asked for; it stays when it cannot be loaded, so that it is not asked for again. */
  #photo = "";
  /** @type {HTMLImageElement|null} */ #image = null;
  #letters = "";

  /** @param {{name: string, photo: string, key: string}} who one `key`, one colour */
  show({ name, photo, key }) {
    setAttribute(this.element, "data-colour", String(bucket(key, COLOURS)));
    this.#letters = initials(name);
    const wanted = WEB.test(photo) ? photo : "";
    if (wanted !== this.#photo) this.#load(wanted);
    this.#draw();
  }

  /** Nothing is known of the page that somebody came from, and of the call; `src` last, or the policy came too late. @param {string} url */
  #load(url) {
    this.#photo = url;
    this.#image = null;
    if (!url) return;
    const image = h("img", { alt: "", decoding: "async", referrerpolicy: "no-referrer" });
    image.addEventListener("load", () => {
      if (this.#photo !== url) return; // somebody else by now
      this.#image = image;
      this.#draw();
    });
    setAttribute(image, "src", url);
  }

  #draw() {
    const { element } = this;
    if (!this.#image) {
      if (this.#letters) setText(element, this.#letters);
      else setIcon(element, "person");
    } else if (element.firstElementChild !== this.#image) element.replaceChildren(this.#image);
  }
}
