/** The parent's end: starts a process and asks it one thing after another. */
import { type ChildProcess, fork } from "node:child_process";
import { type Fields, fieldsOf, numberOf, textOf, toFields } from "./fields.ts";

export interface Child {
  readonly pid: number | undefined;
  /** Rejects with what the command threw over there, and when the process ends. */
  ask(command: string, argument?: object): Promise<Fields>;
  /** Resolves when the process has ended. */
  stop(): Promise<void>;
}

interface Pending {
  readonly resolve: (reply: Fields) => void;
  readonly reject: (error: Error) => void;
}

/** `module` is a path from the folder bench/. Its standard output is dropped: the server's log goes there. */
export function startChild(module: string, nodeOptions: readonly string[] = []): Child {
  const child = fork(new URL(`../${module}`, import.meta.url), {
    execArgv: [...nodeOptions],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const pending = new Map<number, Pending>();
  const ended = endOf(child, module, pending);
  let lastId = 0;

  child.on("message", (message: unknown) => {
    const reply = toFields(message);
    const id = numberOf(reply, "id");
    const waiting = pending.get(id);
    pending.delete(id);
    if (reply.error === undefined) waiting?.resolve(fieldsOf(reply, "result"));
    else waiting?.reject(new Error(`${module}: ${textOf(reply, "error")}`));
  });
  return {
    pid: child.pid,
    ask(command, argument = {}) {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        child.send({ id, command, argument }, (error) => {
          if (error !== null) reject(error);
        });
      });
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function endOf(child: ChildProcess, module: string, pending: Map<number, Pending>): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      for (const { reject } of pending.values()) {
        reject(new Error(`${module} ended with ${signal ?? `code ${code}`}`));
      }
      resolve();
    });
  });
}
