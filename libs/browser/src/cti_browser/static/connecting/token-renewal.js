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
      if (this.#late(before)) return;
      this.token = token;
      if (this.#heard.show(token)) this.#renewing = false;
    } catch (error) {
      if (!this.#late(before) && this.#heard.failed(error)) this.#renewing = false;
    }
  }

  /** Whether somebody signed in meanwhile, or it was stopped: then the answer, even a failure, is nobody's.
   * @param {string} before the token that was to be replaced */
  #late(before) {
    if (this.token !== before) return true;
    if (this.#heard.wanted()) return false;
    this.#renewing = false; // who begins again later may ask again
    return true;
  }
}
