import type { z } from 'zod'

/** A read without side effects. */
export interface QueryDefinition<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'query'
  readonly input: I
  readonly output: O
}

/** A change. Repeating a command with the same `idempotencyKey` (carried by the call frame) gives the first answer again. */
export interface CommandDefinition<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'command'
  readonly input: I
  readonly output: O
}

/** A subscription; events arrive until the client cancels or the stream ends. */
export interface StreamDefinition<I extends z.ZodType = z.ZodType, E extends z.ZodType = z.ZodType> {
  readonly kind: 'stream'
  readonly input: I
  readonly event: E
}

export type MethodDefinition = QueryDefinition | CommandDefinition | StreamDefinition
export type ApiDefinition = Readonly<Record<string, MethodDefinition>>

export const query = <I extends z.ZodType, O extends z.ZodType>(d: { input: I; output: O }): QueryDefinition<I, O> => ({ kind: 'query', ...d })
export const command = <I extends z.ZodType, O extends z.ZodType>(d: { input: I; output: O }): CommandDefinition<I, O> => ({ kind: 'command', ...d })
export const stream = <I extends z.ZodType, E extends z.ZodType>(d: { input: I; event: E }): StreamDefinition<I, E> => ({ kind: 'stream', ...d })
export const defineApi = <A extends ApiDefinition>(api: A): A => api

type NamesOf<A extends ApiDefinition, K extends MethodDefinition['kind']> = {
  [N in keyof A]: A[N]['kind'] extends K ? N : never
}[keyof A]

/** Names of queries and commands: methods with one answer. */
export type CallName<A extends ApiDefinition> = Extract<NamesOf<A, 'query' | 'command'>, string>
export type StreamName<A extends ApiDefinition> = Extract<NamesOf<A, 'stream'>, string>

/** What a client passes (before defaults are applied). */
export type InputOf<A extends ApiDefinition, N extends keyof A> = z.input<A[N]['input']>
/** What a handler receives (after parsing). */
export type ParsedInputOf<A extends ApiDefinition, N extends keyof A> = z.output<A[N]['input']>
export type OutputOf<A extends ApiDefinition, N extends keyof A> = A[N] extends { output: infer O extends z.ZodType } ? z.output<O> : never
export type EventOf<A extends ApiDefinition, N extends keyof A> = A[N] extends { event: infer E extends z.ZodType } ? z.output<E> : never
