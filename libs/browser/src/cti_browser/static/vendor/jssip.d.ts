/** What sip-phone.js uses of JsSIP. The bundle is jssip.js, made by libs/browser/vendor/bundle.mjs. */

export interface SipSession {
  readonly direction: "incoming" | "outgoing";
  readonly connection: RTCPeerConnection | undefined;
  readonly remote_identity: { display_name?: string; uri: { user?: string } };
  answer(options: object): void;
  terminate(options?: object): void;
  hold(options?: object, done?: () => void): boolean;
  unhold(options?: object, done?: () => void): boolean;
  isEnded(): boolean;
  sendDTMF(tones: string, options?: object): void;
  on(name: string, heard: (event: any) => void): void;
}

export interface UserAgent {
  start(): void;
  stop(): void;
  call(target: string, options: object): SipSession;
  on(name: string, heard: (event: any) => void): void;
}

declare const JsSIP: {
  UA: new (configuration: object) => UserAgent;
  WebSocketInterface: new (url: string) => object;
};
export default JsSIP;
