/** A tuple; lists are arrays, dictionaries Maps. */
export class PickleTuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** A name the file refers to. It is never looked up anywhere, and nothing of it is ever run. */
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  toString(): string {
    return `${this.module}.${this.name}`
  }
}

/** Stands for an object whose construction is left out: settings of the program that wrote the file. */
export class PickleOpaque {
  constructor(readonly what: string) {}
}
