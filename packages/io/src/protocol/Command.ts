/**
 * The commands of a client, encoded as documents and decoded by a server.
 *
 * Session ids and the password field are redacted: they appear in no error and no printed value.
 *
 * @see [Protocol 4.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-5)
 * @see [Protocol 5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5)
 * @see [Protocol 6.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p6-1)
 * @see [Protocol 8.2](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p8-2)
 * @since 0.2.0
 */
import * as BackupTreeRequest from "@backup-tree/core/sdk/BackupTreeRequest"
import type * as Data from "effect/Data"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { EventParameter } from "./Event.ts"
import * as Event from "./Event.ts"
import { type CommandError, ParameterReader, refusal } from "./internal/commandParameters.ts"
import * as Package from "./Package.ts"
import * as PackageType from "./PackageType.ts"
import * as Password from "./Password.ts"
import * as Payload from "./Payload.ts"
import type { MessageError } from "./ProtocolError.ts"

export { CommandError } from "./internal/commandParameters.ts"

/**
 * The fields of every command: its flags, and whether prompts of the server are confirmed (`force`).
 *
 * @category models
 * @since 0.2.0
 */
export interface Common {
  readonly flags: number
  readonly force: boolean
}

/**
 * A command. Texts and ids are sent unchanged.
 *
 * @category models
 * @since 0.2.0
 */
export type Command = Data.TaggedEnum<{
  Login: Common & {
    readonly userName: string
    /** The result of {@link Password.encode}. */
    readonly encodedPassword: Redacted.Redacted<string>
    readonly sessionToRestore: Redacted.Redacted<string>
  }
  EasyLoginLocal: Common & {
    readonly applicationMode: number
    readonly sessionToRestore: Redacted.Redacted<string>
  }
  GetBackupTree: {
    readonly parameters: BackupTreeRequest.Parameters
    readonly protocolVersion: number
  }
  Cancel: Common & { readonly requestUuid: string }
  SetNonInteractiveSession: Common & { readonly nonInteractive: boolean }
  GetHostCommonInfo: Common
  GetUserProfile: Common
  /** A request for the configuration of a machine, by its uuid or name. The flags say which. */
  GetVmConfig: Common & { readonly machine: string }
  Logoff: Common
}>

const types: { readonly [T in Command["_tag"]]: number } = {
  Login: PackageType.DspCmdUserLogin,
  EasyLoginLocal: PackageType.DspCmdUserEasyLoginLocal,
  GetBackupTree: PackageType.DspCmdGetBackupTree,
  Cancel: PackageType.DspCmdUserCancelOperation,
  SetNonInteractiveSession: PackageType.DspCmdSetNonInteractiveSession,
  GetHostCommonInfo: PackageType.DspCmdGetHostCommonInfo,
  GetUserProfile: PackageType.DspCmdUserGetProfile,
  GetVmConfig: PackageType.DspCmdGetVmConfigById,
  Logoff: PackageType.DspCmdUserLogoff
}

/**
 * Returns the package type of a command.
 *
 * @category accessors
 * @since 0.2.0
 */
export const typeOf = (self: Command): number => types[self._tag]

const served: ReadonlySet<number> = new Set(Object.values(types))

/**
 * Returns whether a package type is that of a command.
 *
 * @category predicates
 * @since 0.2.0
 */
export const isServed = (type: number): boolean => served.has(type)

const originalClient = 2048
const lightweightClient = 4096
const nonInteractive = 4
const none = { flags: 0, force: false }

/**
 * Makes a login by name and password. Its flags always mark the client as an SDK client.
 *
 * Restoring a session is not supported: the reply would go to the connection that created the session.
 *
 * @see [Protocol 5.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-1)
 * @see [Protocol 5.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-5)
 * @category constructors
 * @since 0.2.0
 */
export const login = (options: {
  readonly userName: string
  readonly password: Redacted.Redacted<string>
  readonly flags?: number | undefined
}): Result.Result<Command, MessageError> =>
  Result.map(Password.encode(options.password), (encodedPassword) => ({
    _tag: "Login",
    userName: options.userName,
    encodedPassword,
    sessionToRestore: Redacted.make(""),
    flags: (((options.flags ?? nonInteractive) | originalClient) & ~lightweightClient) >>> 0,
    force: false
  }))

/**
 * Makes a login by the credentials of the unix socket. The flags are sent unchanged.
 *
 * @see [Protocol 5.7](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p5-7)
 * @category constructors
 * @since 0.2.0
 */
export const easyLoginLocal = (options: { readonly flags?: number | undefined } = {}): Command => ({
  _tag: "EasyLoginLocal",
  applicationMode: 0,
  sessionToRestore: Redacted.make(""),
  flags: options.flags ?? nonInteractive,
  force: false
})

/**
 * The version of the backup protocol that a request announces.
 *
 * @see [Protocol 6.1](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p6-1)
 * @category constants
 * @since 0.2.0
 */
export const backupProtocolVersion = 5

/**
 * Makes a backup tree request.
 *
 * @category constructors
 * @since 0.2.0
 */
export const getBackupTree = (parameters: BackupTreeRequest.Parameters): Command => ({
  _tag: "GetBackupTree",
  parameters,
  protocolVersion: backupProtocolVersion
})

/**
 * Makes a command that cancels a request. The server compares the uuid as text: in braces and lower case.
 *
 * @category constructors
 * @since 0.2.0
 */
export const cancel = (requestUuid: string): Command => ({ _tag: "Cancel", requestUuid, ...none })

/**
 * Makes a command that sets whether the session is non-interactive, so that the server does not prompt it.
 *
 * @category constructors
 * @since 0.2.0
 */
export const setNonInteractiveSession = (nonInteractive: boolean): Command => ({
  _tag: "SetNonInteractiveSession",
  nonInteractive,
  ...none
})

/**
 * A request for the settings of the host.
 *
 * @category constructors
 * @since 0.2.0
 */
export const getHostCommonInfo: Command = { _tag: "GetHostCommonInfo", ...none }

/**
 * A request for the profile of the user.
 *
 * @category constructors
 * @since 0.2.0
 */
export const getUserProfile: Command = { _tag: "GetUserProfile", ...none }

/**
 * The flags of {@link getVmConfig}: search by uuid, search by name, and fill generated fields.
 *
 * @see [Protocol 4.5](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-5)
 * @category constants
 * @since 0.2.0
 */
export const VmConfigFlag = { byUuid: 2048, byName: 4096, generated: 8192 } as const

/**
 * Makes a request for the configuration of a machine. Its uuid or name is sent unchanged (default: by either).
 *
 * @see [Protocol 4.8](https://github.com/backup-tree/backup-tree/blob/main/docs/specification/protocol.md#p4-8)
 * @category constructors
 * @since 0.2.0
 */
export const getVmConfig = (
  machine: string,
  flags: number = VmConfigFlag.byUuid | VmConfigFlag.byName
): Command => ({ _tag: "GetVmConfig", machine, ...none, flags })

/**
 * A command that ends the session.
 *
 * @category constructors
 * @since 0.2.0
 */
export const logoff: Command = { _tag: "Logoff", ...none }

const wire = {
  force: "proto_force_questions_sign",
  flags: "proto_command_flags",
  firstText: "proto_first_str_param",
  userName: "login_cmd_username",
  password: "login_cmd_password",
  loginSession: "login_cmd_session_uuid_to_restore",
  applicationMode: "easy_login_local_cmd_application_mode",
  localSession: "easy_login_local_cmd_session_uuid_to_restore",
  vmUuid: "basic_vm_cmd_vm_uuid",
  protocolVersion: "backup_proto_version",
  host: "backup_cmd_server_hostname",
  port: "backup_cmd_server_port",
  directory: "backup_cmd_server_backup_directory",
  session: "backup_cmd_server_session_uuid",
  reservedFlags: "backup_cmd_reserved_flags"
} as const

/**
 * Converts a command to an event, with the parameters in the product's order.
 *
 * @category codecs
 * @since 0.2.0
 */
export const toEvent = (self: Command, envelope: Event.Envelope): Event.Event => {
  const { flags, force } = self._tag === "GetBackupTree"
    ? { flags: self.parameters.backupFlags, force: self.parameters.force }
    : self
  return Event.make(envelope, 0, [
    Event.uint(wire.force, force ? 1 : 0),
    Event.uint(wire.flags, flags >>> 0),
    ...ownParameters(self)
  ])
}

const ownParameters = (self: Command): ReadonlyArray<EventParameter> => {
  switch (self._tag) {
    case "Login":
      return [
        Event.text(wire.userName, self.userName),
        Event.text(wire.password, Redacted.value(self.encodedPassword)),
        Event.text(wire.loginSession, Redacted.value(self.sessionToRestore))
      ]
    case "EasyLoginLocal":
      return [
        Event.uint(wire.applicationMode, self.applicationMode),
        Event.text(wire.localSession, Redacted.value(self.sessionToRestore))
      ]
    case "GetBackupTree":
      return [
        Event.text(wire.vmUuid, self.parameters.uuid),
        Event.uint(wire.protocolVersion, self.protocolVersion),
        Event.text(wire.host, self.parameters.targetHost),
        Event.uint(wire.port, self.parameters.targetPort),
        Event.text(wire.directory, self.parameters.backupDirectory),
        Event.text(wire.session, Redacted.value(self.parameters.targetSessionId)),
        Event.uint(wire.reservedFlags, self.parameters.reservedFlags)
      ]
    case "Cancel":
      return [Event.text(wire.firstText, self.requestUuid)]
    case "SetNonInteractiveSession":
      return [Event.text(wire.firstText, self.nonInteractive ? "1" : "0")]
    case "GetVmConfig":
      return [Event.text(wire.firstText, self.machine)]
    case "GetHostCommonInfo":
    case "GetUserProfile":
    case "Logoff":
      return []
  }
}

/**
 * Encodes a command as the payload of its package. Fails with `cannot-be-sent` if a text cannot be sent.
 *
 * @category codecs
 * @since 0.2.0
 */
export const encode = (
  self: Command,
  envelope: Event.Envelope,
  options: Event.PrintOptions = {}
): Result.Result<Uint8Array, MessageError> =>
  Result.flatMap(Event.print(toEvent(self, envelope), options), Payload.encode)

/**
 * Decodes the command in a package. The error holds the return code of the reply.
 *
 * @category codecs
 * @since 0.2.0
 */
export const decode = (self: Package.Package): Result.Result<Command, CommandError> => {
  const { type } = self
  if (!isServed(type)) return notServed(type)
  return Package.payload(self).pipe(
    Result.flatMap(Payload.decode),
    Result.flatMap(Event.parse),
    Result.mapError(({ detail }) => refusal(type, "unparsable", detail)),
    Result.flatMap((event) => fromEvent(type, event))
  )
}

/**
 * Reads a command of a type from its event. The error holds the return code of the reply.
 *
 * @category codecs
 * @since 0.2.0
 */
export const fromEvent = (type: number, event: Event.Event): Result.Result<Command, CommandError> => {
  if (!isServed(type)) return notServed(type)
  const reader = new ParameterReader(type, event)
  const common = { flags: reader.optionalUint(wire.flags) ?? 0, force: (reader.optionalUint(wire.force) ?? 0) !== 0 }
  const command = commandOf(reader, type, common)
  return reader.failure === undefined ? Result.succeed(command) : Result.fail(reader.failure)
}

const notServed = (type: number): Result.Result<never, CommandError> =>
  Result.fail(refusal(type, "not-served", "this library does not support the command"))

const commandOf = (reader: ParameterReader, type: number, common: Common): Command => {
  switch (type) {
    case PackageType.DspCmdUserLogin:
      return {
        _tag: "Login",
        ...common,
        userName: reader.text(wire.userName),
        encodedPassword: Redacted.make(reader.text(wire.password)),
        sessionToRestore: Redacted.make(reader.text(wire.loginSession))
      }
    case PackageType.DspCmdUserEasyLoginLocal:
      return {
        _tag: "EasyLoginLocal",
        ...common,
        applicationMode: reader.optionalUint(wire.applicationMode) ?? 0,
        sessionToRestore: Redacted.make(reader.text(wire.localSession))
      }
    case PackageType.DspCmdGetBackupTree:
      return getBackupTreeOf(reader, common)
    case PackageType.DspCmdUserCancelOperation:
      return { _tag: "Cancel", ...common, requestUuid: reader.text(wire.firstText) }
    case PackageType.DspCmdSetNonInteractiveSession:
      return { _tag: "SetNonInteractiveSession", ...common, nonInteractive: reader.text(wire.firstText) === "1" }
    case PackageType.DspCmdGetHostCommonInfo:
      return { _tag: "GetHostCommonInfo", ...common }
    case PackageType.DspCmdUserGetProfile:
      return { _tag: "GetUserProfile", ...common }
    case PackageType.DspCmdGetVmConfigById:
      // A missing text counts as an empty one.
      return { _tag: "GetVmConfig", ...common, machine: reader.optionalText(wire.firstText) ?? "" }
    default:
      // Unserved types have been refused, so this is the last served one, the logoff.
      return { _tag: "Logoff", ...common }
  }
}

const getBackupTreeOf = (reader: ParameterReader, common: Common): Command => ({
  _tag: "GetBackupTree",
  parameters: {
    uuid: reader.text(wire.vmUuid),
    targetHost: reader.text(wire.host),
    targetPort: reader.uint(wire.port),
    targetSessionId: Redacted.make(reader.text(wire.session)),
    backupDirectory: reader.optionalText(wire.directory) ?? "",
    backupFlags: common.flags,
    reservedFlags: reader.uint(wire.reservedFlags),
    force: common.force
  },
  protocolVersion: reader.optionalUint(wire.protocolVersion) ?? backupProtocolVersion
})
