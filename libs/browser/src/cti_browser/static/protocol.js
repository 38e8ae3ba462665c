/**
 * The push protocol, version 1, as types and tables (docs/protocol.md). No I/O.
 *
 * Fields that the server leaves out have their defaults: "" for text, 0 for numbers, false, null, [].
 */

/** @typedef {{epoch: string, version: number}} Cursor */

/**
 * @typedef {"initiated"|"alerting"|"connected"|"held"|"queued"|"failed"|"null"} ConnectionState
 * @typedef {"answered"|"missed"|"busy"|"no_answer"|"rejected"|"cancelled"|"failed"|"answered_elsewhere"|"abandoned"} Outcome
 * @typedef {"observed"|"reconciled"|"replayed"} Origin
 */

/**
 * One of the user's calls as it comes over the wire.
 * @typedef {object} CallView
 * @property {string} id
 * @property {string} call_id
 * @property {string} pbx
 * @property {string} device
 * @property {"in"|"out"} direction
 * @property {ConnectionState} state
 * @property {string} started_at
 * @property {string} state_since
 * @property {string} [number]
 * @property {string} [name]
 * @property {boolean} [internal]
 * @property {string} [queue]
 * @property {boolean} [held_by_remote]
 * @property {string|null} [answered_at]
 * @property {string|null} [ended_at]
 * @property {number} [ring_us]
 * @property {number} [queue_us]
 * @property {number} [talk_us]
 * @property {number} [hold_us]
 * @property {Outcome|null} [outcome]
 * @property {"self"|"remote"|"system"|null} [ended_by]
 * @property {string} [redirecting_id]
 * @property {string} [redirection_id]
 * @property {string} [parent_id]
 * @property {string[]} [allowed]
 * @property {PartyView|null} [party]
 * @property {boolean} [saved]
 * @property {string} [database_id]
 */

/**
 * Who may be at the other side, as the directory knows: nobody, one, or several to choose from.
 * @typedef {object} Candidate
 * @property {string} id
 * @property {"contact"|"account"|"employee"} kind
 * @property {string} name
 * @property {string} [detail] a contact's job, an account's city, an employee's department
 * @property {string|null} [account_id]
 * @property {string} [number]
 * @property {"e164"|"digits"|"suffix"} [match]
 * @property {string} [photo_url] where their photo is, http or https
 * @typedef {{number?: string, name?: string, candidates?: Candidate[]}} PartyView
 */

/**
 * @typedef {"logged_out"|"ready"|"not_ready"|"busy"|"after_call"|"unavailable"} AgentStateName
 * @typedef {{queue: string, state: AgentStateName, reason?: string, since?: string|null}} QueueView
 * @typedef {{pbx: string, device: string, state: AgentStateName, device_state?: string, reason?: string,
 *   since?: string|null, queues?: QueueView[]}} AgentView
 * @typedef {{pbx: string, device: string, reason: string, message: string, since: string}} ErrorView
 * @typedef {{tenant: string, user: string, calls?: CallView[], current_call?: string, agents?: AgentView[],
 *   errors?: ErrorView[]}} UserView
 * @typedef {{name: string, call?: CallView|null, digits?: string, agent?: AgentView|null,
 *   previous?: AgentStateName|null, database_id?: string, error?: ErrorView|null}} EventFrame
 * @typedef {{pbx: string, device: string}} Extension
 */

/**
 * @typedef {object} WelcomeFrame
 * @property {"welcome"} type
 * @property {number} protocol
 * @property {string} session
 * @property {string} tenant
 * @property {string} user
 * @property {string} epoch
 * @property {number} version
 * @property {boolean} recovered
 * @property {number} ping_s
 * @property {string} server_time
 * @property {UserView} view
 * @property {string} [name]
 * @property {string[]} [roles]
 * @property {Extension[]} [extensions]
 * @property {string} [expires_at]
 */

/**
 * @typedef {object} UpdateFrame
 * @property {"update"} type
 * @property {string} epoch
 * @property {number} version
 * @property {boolean} [replay]
 * @property {string} occurred_at
 * @property {Origin} origin
 * @property {EventFrame[]} events
 * @property {UserView} view
 */

/**
 * What became of a command. `failed`: it had no effect, and `error` says why. `unknown`: it was sent, and nobody saw
 * what came of it.
 * @typedef {object} ResultFrame
 * @property {"result"} type
 * @property {string} id
 * @property {string} verb
 * @property {"observed"|"failed"|"unknown"} outcome
 * @property {string|null} [error]
 * @property {string} [message]
 * @property {string} [connection_id]
 * @property {Record<string, string>} [details]
 * @property {{queue: string, name?: string, paused?: boolean, reason?: string}[]} [memberships]
 */

/**
 * @typedef {{epoch: string, version: number, view: UserView}} WatchedView
 * @typedef {{type: "watched", views: Record<string, WatchedView>, more?: boolean}} WatchedFrame
 * @typedef {{type: "watch_update", user: string, version: number, events: EventFrame[], view: UserView}} WatchUpdateFrame
 */

/** One that waits in a queue, since when. `id` is the connection's.
 * @typedef {{id: string, call_id: string, since: string, number?: string, name?: string}} Caller */
/**
 * Who waits in a queue of a PBX, the longest first.
 * @typedef {{pbx: string, queue: string, waiting: Caller[]}} WatchedQueue
 * @typedef {{type: "queues", queues: WatchedQueue[], whole: boolean}} QueuesFrame
 */

/** @typedef {{type: "ping", server_time: string}} PingFrame */
/** @typedef {{type: "error", code: string, message: string}} ErrorFrame */
/** @typedef {{type: "expiring"|"renewed", expires_at: string}} TokenFrame */
/** @typedef {{type: "moving", after_ms: number}} MovingFrame */
/**
 * @typedef {WelcomeFrame | UpdateFrame | ResultFrame | WatchedFrame | WatchUpdateFrame | QueuesFrame | PingFrame | ErrorFrame |
 *   TokenFrame | MovingFrame} Frame
 */

/** Close codes that mean something to this side; the range says what to do, not the single code. */
export const CloseCode = Object.freeze({
  UNAVAILABLE: 4003,
  UNAUTHORIZED: 4500,
  FORBIDDEN: 4503,
  GAP: 4900,
  SILENT: 4901,
});

/**
 * The server's close codes by the names that server-sent events have for them, where there are no codes.
 * @type {Readonly<Record<string, number>>}
 */
export const CLOSE_CODE_OF = Object.freeze({
  resume: 4000,
  slow: 4001,
  unavailable: CloseCode.UNAVAILABLE,
  full: 4004,
  unauthorized: CloseCode.UNAUTHORIZED,
  forbidden: CloseCode.FORBIDDEN,
  too_many: 4505,
});

/**
 * Whether a close with this code is followed by a reconnect. 4500–4899 are final until something changes
 * (another token, another client); everything else, codes of the WebSocket standard too, may be tried again.
 * @param {number} code
 */
export function mayReconnect(code) {
  return code < 4500 || code > 4899;
}

/**
 * The delay before attempt `attempt` (from 0): doubling from `minMs` up to `maxMs`, of which the upper half is
 * random, so that the clients of a restarted service do not come back all at once.
 * @param {number} attempt
 * @param {{minMs: number, maxMs: number}} bounds
 * @param {number} random from 0 to 1
 */
export function backoff(attempt, { minMs, maxMs }, random) {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 16));
  return ceiling / 2 + (ceiling / 2) * random;
}
