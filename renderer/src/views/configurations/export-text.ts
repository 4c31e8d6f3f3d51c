/** Hands a text to the person as a file: the system's dialog in the desktop app, a download in a browser. Answers where it went, if known. */
export async function exportText(name: string, text: string): Promise<string | null> {
  const fileName = `${name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^-+|-+$/g, '') || 'configuration'}.jsonc`
  const native = window.studio
  if (native !== undefined) return native.saveText({ title: 'Export configuration', fileName, text })
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(address))
  return fileName
}
