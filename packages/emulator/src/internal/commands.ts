/** Handles the commands of clients. Source: PROTOCOL 4.8, 5.3, 5.8, 7 and 8.2. */
import * as ReturnCode from "@backup-tree/core/sdk/ReturnCode"
import type { DispatcherError } from "@backup-tree/io/dispatcher/DispatcherError"
import * as RandomUuid from "@backup-tree/io/dispatcher/RandomUuid"
import * as Command from "@backup-tree/io/protocol/Command"
import * as Event from "@backup-tree/io/protocol/Event"
import * as Handshake from "@backup-tree/io/protocol/Handshake"
import * as LoginReply from "@backup-tree/io/protocol/LoginReply"
import type * as Package from "@backup-tree/io/protocol/Package"
import * as PackageType from "@backup-tree/io/protocol/PackageType"
import * as Password from "@backup-tree/io/protocol/Password"
import * as Reply from "@backup-tree/io/protocol/Reply"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Connection } from "./Connection.ts"
import { commonPreferences, networkConfig, userProfile, vmConfig } from "./hostDocuments.ts"
import { makeEnvelope, reply, replyFailure } from "./replies.ts"
import { equalSecrets, type Machine } from "./Server.ts"
import { beginTree, cancel } from "./tasks.ts"

const { codes } = ReturnCode

/** The key under which commands of other types are counted, because a client may send any number. */
const unserved = -1

/** Handles a command. The login state is checked before the text. Source: PROTOCOL 5.3 and 8.2. */
export const handle = (connection: Connection, received: Package.Package): Effect.Effect<void, DispatcherError> =>
  Effect.suspend(() => {
    const { type } = received
    const { commands } = connection.server
    const counted = Command.isServed(type) ? type : unserved
    commands.set(counted, (commands.get(counted) ?? 0) + 1)
    if (connection.user === undefined && !PackageType.isLogin(type)) {
      return reply(connection, received, Reply.failure(type, codes.PRL_ERR_USER_OPERATION_NOT_AUTHORISED))
    }
    const decoded = Command.decode(received)
    if (Result.isSuccess(decoded)) return execute(connection, received, decoded.success)
    if (PackageType.isLogin(type)) countFailedLogin(connection)
    return reply(connection, received, Reply.failure(type, decoded.failure.returnCode))
  })

const execute = (
  connection: Connection,
  received: Package.Package,
  command: Command.Command
): Effect.Effect<void, DispatcherError> => {
  const succeed = (...results: ReadonlyArray<Event.EventParameter>) =>
    reply(connection, received, Reply.success(received.type, results))
  switch (command._tag) {
    case "Login":
    case "EasyLoginLocal":
      return login(connection, received, command)
    case "GetBackupTree":
      return beginTree(connection, received, command.parameters)
    case "Cancel":
      return cancel(connection, received, command.requestUuid)
    case "SetNonInteractiveSession":
      return succeed(Event.text(Reply.ResultName.standard, command.nonInteractive ? "1" : "0"))
    case "GetHostCommonInfo": {
      const { limits, minimumLevel } = connection.server
      return succeed(
        Event.text(Reply.ResultName.hostCommonInfo, commonPreferences(minimumLevel, limits.maxLogins)),
        Event.text(Reply.ResultName.networkConfig, networkConfig)
      )
    }
    case "GetUserProfile":
      return Effect.flatMap(
        RandomUuid.next,
        (uuid) => succeed(Event.text(Reply.ResultName.userProfile, userProfile(connection.user ?? "", uuid)))
      )
    case "GetVmConfig":
      return Effect.flatMap(findMachine(connection, command), (found) =>
        Option.match(found, {
          onNone: () => reply(connection, received, Reply.failure(received.type, codes.PRL_ERR_VM_UUID_NOT_FOUND)),
          onSome: (machine) => succeed(Event.text(Reply.ResultName.vmConfig, vmConfig(machine)))
        }))
    case "Logoff":
      connection.isOver = true
      return succeed()
  }
}

// By uuid first, and by nothing else if the flags name neither. Both are compared as text (PROTOCOL 4.5 and 4.8).
const findMachine = (
  { server }: Connection,
  { flags, machine }: Extract<Command.Command, { readonly _tag: "GetVmConfig" }>
): Effect.Effect<Option.Option<Machine>> =>
  Effect.map(server.machines, (machines) => {
    const byName = (flags & Command.VmConfigFlag.byName) !== 0
    const byUuid = (flags & Command.VmConfigFlag.byUuid) !== 0 || !byName
    const found = machine === "" ? undefined : (byUuid ? machines.find(({ uuid }) => uuid === machine) : undefined)
      ?? (byName ? machines.find(({ name }) => name === machine) : undefined)
    return Option.fromNullishOr(found)
  })

type Login = Extract<Command.Command, { readonly _tag: "Login" | "EasyLoginLocal" }>

const login = (
  connection: Connection,
  received: Package.Package,
  command: Login
): Effect.Effect<void, DispatcherError> => {
  const { server } = connection
  // The product does not reply to the login of a sender that is not a client (PROTOCOL 2.2).
  if (connection.senderType !== Handshake.SenderType.client) return Effect.void
  // A login is in progress until its reply.
  return Effect.acquireUseRelease(
    Effect.sync(() => server.logins += 1),
    () => {
      const code = checkLogin(connection, command)
      if (code === codes.PRL_ERR_SUCCESS) {
        connection.user = command._tag === "Login" ? command.userName : "root"
        return welcome(connection, received)
      }
      if (code !== codes.PRL_ERR_USER_IS_ALREADY_LOGGED) countFailedLogin(connection)
      return code === codes.PRL_ERR_INVALID_ARG
        ? replyFailure(connection, received, code, [`A password has at most ${Password.maxLength} characters.`])
        : reply(connection, received, Reply.failure(received.type, code))
    },
    () => Effect.sync(() => server.logins -= 1)
  )
}

const countFailedLogin = (connection: Connection): void => {
  connection.failedLogins += 1
  connection.isOver = connection.failedLogins >= connection.server.limits.maxFailedLogins
}

const checkLogin = ({ server, user }: Connection, command: Login): ReturnCode.ReturnCode => {
  if (user !== undefined) return codes.PRL_ERR_USER_IS_ALREADY_LOGGED
  // Only the super-user is exempt on a unix socket, but the user of the socket is unknown here.
  if (!server.isLocal && server.logins > server.limits.maxLogins) {
    return codes.PRL_ERR_DISP_LOGON_ACTIONS_REACHED_UP_LIMIT
  }
  if (command._tag === "EasyLoginLocal") {
    return server.isLocal ? codes.PRL_ERR_SUCCESS : codes.PRL_ERR_LOCAL_AUTHENTICATION_FAILED
  }
  const password = Password.decode(command.encodedPassword)
  if (Result.isFailure(password)) {
    return password.failure.reason === "password-too-long"
      ? codes.PRL_ERR_INVALID_ARG
      : codes.PRL_ERR_AUTHENTICATION_FAILED
  }
  const given = password.success
  const isKnown = server.accounts.some((account) =>
    account.userName === command.userName && equalSecrets(account.password, given)
  )
  return isKnown ? codes.PRL_ERR_SUCCESS : codes.PRL_ERR_AUTHENTICATION_FAILED
}

const welcome = Effect.fnUntraced(function*(
  connection: Connection,
  received: Package.Package
): Effect.fn.Return<void, DispatcherError> {
  const payload = LoginReply.encode({
    operation: received.type,
    code: codes.PRL_ERR_SUCCESS,
    info: {
      ...LoginReply.emptyInfo,
      session: Redacted.make(connection.clientUuid ?? ""),
      osVersion: "Linux",
      serverUuid: yield* RandomUuid.next,
      productVersion: "9.0.0",
      confirmationMode: "0",
      appExecuteMode: "0",
      startTime: String(connection.server.startedAt),
      startTimeMonotonic: "0",
      isLaunchdMode: "0"
    },
    replyEnvelope: yield* makeEnvelope,
    loginEnvelope: yield* makeEnvelope,
    trailingBytes: 0
  })
  yield* connection.reply(received, PackageType.DspWsBinaryResponse, payload, "login")
})
