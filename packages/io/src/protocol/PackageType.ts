/**
 * Package types: the number of a package says which command, reply or event it carries. Source: PROTOCOL 3.6 and 4.1.
 */

/** Attaches a client by handing over a file descriptor; refused. */
export const AttachClient = 7
/** Asks the client to detach and to begin TLS anew; taken as the end of the connection. */
export const DetachRequest = 8
/** Answers {@link DetachRequest}; never sent, and unasked it ends the connection. */
export const DetachResponse = 9
/** Says that the sender is alive. */
export const Heartbeat = 10
/** Detaches both sides; taken as the end of the connection. */
export const DetachBothSides = 11

/** Log in by name and password. */
export const DspCmdUserLogin = 2039
/** Log off. */
export const DspCmdUserLogoff = 2042
/** Ask for the profile of the user. */
export const DspCmdUserGetProfile = 2045
/** Ask for the settings of the host. */
export const DspCmdGetHostCommonInfo = 2048
/** Ask whether commands are served; the published dispatcher answers `PRL_ERR_UNIMPLEMENTED`. */
export const DspCmdUserPing = 2052
/** Cancel another request. */
export const DspCmdUserCancelOperation = 2053
/** Adopt a task of the previous session. */
export const DspCmdAttachToLostTask = 2090
/** Ask for the backup tree. */
export const DspCmdGetBackupTree = 2117
/** Say whether the session can be asked questions. */
export const DspCmdSetNonInteractiveSession = 2125
/** Log in locally, by the credentials of the unix socket. */
export const DspCmdUserEasyLoginLocal = 2186
/** An event as text. */
export const DspVmEvent = 3003
/** An event in binary. */
export const DspVmBinaryEvent = 3008
/** A reply as text. */
export const DspWsResponse = 5001
/** The reply to a login, in binary. */
export const DspWsBinaryResponse = 5003

/** What a receiver does with a package of a type. */
export type Handling = "heartbeat" | "disconnect" | "ignore" | "command" | "event" | "reply"

/**
 * Returns what a receiver does with a package of a type; types that are not known are ignored.
 *
 * Only a `reply` finishes a job, and a client gets no `command`. Source: PROTOCOL 3.5, 3.6 and 10.
 */
export const handling = (type: number): Handling => {
  switch (type) {
    case Heartbeat:
      return "heartbeat"
    case AttachClient:
    case DetachRequest:
    case DetachResponse:
    case DetachBothSides:
      return "disconnect"
    case DspVmEvent:
    case DspVmBinaryEvent:
      return "event"
    case DspWsResponse:
    case DspWsBinaryResponse:
      return "reply"
    default:
      return type >= 2000 && type <= 2999 ? "command" : "ignore"
  }
}

/** Tells whether a command is a login, so that its reply may be binary. */
export const isLogin = (type: number): boolean => type === DspCmdUserLogin || type === DspCmdUserEasyLoginLocal
