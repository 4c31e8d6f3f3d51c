import { onBeforeUnmount, onMounted } from 'vue'

/** Takes the first folder or file that is dropped anywhere in the window, by its full path. In a browser files have none, and nothing happens. */
export function useDroppedFolder(take: (path: string) => void): void {
  const allow = (event: DragEvent): void => {
    if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault()
  }
  const drop = (event: DragEvent): void => {
    const [file] = event.dataTransfer?.files ?? []
    if (file === undefined) return
    event.preventDefault()
    const path = window.studio?.pathOf(file) ?? ''
    if (path !== '') take(path)
  }
  onMounted(() => {
    window.addEventListener('dragover', allow)
    window.addEventListener('drop', drop)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('dragover', allow)
    window.removeEventListener('drop', drop)
  })
}
