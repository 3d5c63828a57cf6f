/**
 * Package types: the numbers that identify the command, reply or event in a package.
 *
 * @see [Protocol 3.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-6)
 * @see [Protocol 4.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-1)
 * @since 0.2.0
 */

/**
 * Attaches a client by handing over a file descriptor. Refused.
 *
 * @category constants
 * @since 0.2.0
 */
export const AttachClient = 7
/**
 * Requests the client to detach and to restart TLS. Handled as the end of the connection.
 *
 * @category constants
 * @since 0.2.0
 */
export const DetachRequest = 8
/**
 * The reply to {@link DetachRequest}. Never sent; a received one ends the connection.
 *
 * @category constants
 * @since 0.2.0
 */
export const DetachResponse = 9
/**
 * Reports that the sender is alive.
 *
 * @category constants
 * @since 0.2.0
 */
export const Heartbeat = 10
/**
 * Detaches both sides. Handled as the end of the connection.
 *
 * @category constants
 * @since 0.2.0
 */
export const DetachBothSides = 11

/**
 * Logs in by name and password.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdUserLogin = 2039
/**
 * Logs off.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdUserLogoff = 2042
/**
 * Requests the profile of the user.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdUserGetProfile = 2045
/**
 * Requests the settings of the host.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdGetHostCommonInfo = 2048
/**
 * Checks whether commands are served. The published dispatcher replies `PRL_ERR_UNIMPLEMENTED`.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdUserPing = 2052
/**
 * Cancels another request.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdUserCancelOperation = 2053
/**
 * Adopts a task of the previous session.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdAttachToLostTask = 2090
/**
 * Requests the backup tree.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdGetBackupTree = 2117
/**
 * Sets whether the server may prompt the session.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdSetNonInteractiveSession = 2125
/**
 * Requests the configuration of a machine, by its uuid or name.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdGetVmConfigById = 2173
/**
 * Logs in locally, by the credentials of the unix socket.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspCmdUserEasyLoginLocal = 2186
/**
 * An event in text form.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspVmEvent = 3003
/**
 * An event in binary form.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspVmBinaryEvent = 3008
/**
 * A reply in text form.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspWsResponse = 5001
/**
 * The reply to a login, in binary form.
 *
 * @category constants
 * @since 0.2.0
 */
export const DspWsBinaryResponse = 5003

/**
 * How a receiver handles a package.
 *
 * @category models
 * @since 0.2.0
 */
export type Handling = "heartbeat" | "disconnect" | "ignore" | "command" | "event" | "reply"

/**
 * Returns how a receiver handles packages of a type. Unknown types are ignored.
 *
 * Only a `reply` finishes a job, and a client receives no `command`.
 *
 * @see [Protocol 3.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-5)
 * @see [Protocol 3.6](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p3-6)
 * @see [Protocol 10](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p10)
 * @category accessors
 * @since 0.2.0
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

/**
 * Returns whether a command is a login, so that its reply may be binary.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isLogin = (type: number): boolean => type === DspCmdUserLogin || type === DspCmdUserEasyLoginLocal
