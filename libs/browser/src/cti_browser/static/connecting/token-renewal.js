/**
 * The token, and another one in time: asked for when the server says that this one expires, and once when it is refused.
 */

/**
 * @typedef {object} Renewed
 * @property {() => boolean} wanted whether anybody still waits for it
 * @property {(token: string) => boolean} show shows it to the server; false: it must be connected anew
 * @property {(error: unknown) => boolean} failed whether the old one still holds, so that there will be another occasion
 */

export class TokenRenewal {
  #renew;
  #heard;
  #renewing = false;

  /** @param {string} token @param {(() => Promise<string>)|undefined} renew @param {Renewed} heard */
  constructor(token, renew, heard) {
    this.token = token;
    this.#renew = renew;
    this.#heard = heard;
  }

  /** Whether one that was refused now may be replaced: not again and again. */
  get possible() {
    return Boolean(this.#renew) && !this.#renewing;
  }

  /** Another one was given. @param {string} token */
  replace(token) {
    this.token = token;
    this.#renewing = false;
  }

  /** The token is welcome: when it is refused later, another one is asked for. */
  welcome() {
    this.#renewing = false;
  }

  /** Asks for another one, unless that is under way. */
  async renew() {
    if (!this.#renew || this.#renewing) return;
    this.#renewing = true;
    const before = this.token;
    try {
      const token = await this.#renew();
      // Somebody signed in meanwhile, or it was stopped.
      if (this.token !== before || !this.#heard.wanted()) return;
      this.token = token;
      if (this.#heard.show(token)) this.#renewing = false;
    } catch (error) {
      if (this.#heard.failed(error)) this.#renewing = false;
    }
  }
}
