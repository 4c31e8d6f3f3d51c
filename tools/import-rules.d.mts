export interface Room {
  readonly name: string
  readonly pattern: string
  readonly may: readonly string[]
  readonly node: boolean
}
export const rooms: readonly Room[]
export const soleImports: readonly { readonly specifier: string; readonly only: readonly string[] }[]
export const nodeChannels: readonly string[]
export const soleElectronMembers: readonly { readonly member: string; readonly only: string }[]
export const serverHalf: readonly string[]
