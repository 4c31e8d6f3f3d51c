import { afterEach, describe, expect, it, vi } from 'vitest'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import { useToasts } from '../../stores/toasts'
import ReportPanel from './ReportPanel.vue'

afterEach(() => vi.unstubAllGlobals())

function panel() {
  const engine = new ScriptedEngine()
  engine.addRun(makeRun({ id: 'k3f9a1b2c4d5' }))
  return mountWithEngine(ReportPanel, engine, { runId: 'k3f9a1b2c4d5', name: 'ants & bees' })
}

describe('the report of a run', () => {
  it('becomes a PDF in the application, and says where it is', async () => {
    const saveReportPdf = vi.fn().mockResolvedValueOnce(null).mockResolvedValueOnce('/tmp/ants-bees.pdf')
    vi.stubGlobal('studio', { saveReportPdf })
    const { wrapper } = panel()
    const button = wrapper.get('[data-testid=report-pdf]')
    await button.trigger('click')
    await vi.waitFor(() => expect(button.attributes('disabled')).toBeUndefined())
    expect(saveReportPdf).toHaveBeenCalledWith({ title: 'Save the report as PDF', fileName: 'ants-bees.pdf', runId: 'k3f9a1b2c4d5' })
    expect(useToasts().toasts).toEqual([])
    await button.trigger('click')
    await vi.waitFor(() => expect(useToasts().toasts.map(({ text }) => text)).toEqual(['The report is in /tmp/ants-bees.pdf.']))
  })

  it('says why it was not written, without the words of the machinery', async () => {
    const saveReportPdf = () => Promise.reject(new Error("Error invoking remote method 'native:save-report-pdf': Error: /x.pdf can't be written. Choose another place."))
    vi.stubGlobal('studio', { saveReportPdf })
    const { wrapper } = panel()
    await wrapper.get('[data-testid=report-pdf]').trigger('click')
    await vi.waitFor(() => expect(wrapper.get('[role=alert], .banner').text()).toBe("The report was not saved/x.pdf can't be written. Choose another place."))
  })

  it('is a page in a browser, which prints it', async () => {
    const { wrapper, session } = panel()
    await vi.waitFor(() => expect(session.client.value).not.toBeNull())
    expect(wrapper.find('[data-testid=report-pdf]').exists()).toBe(false)
    expect(wrapper.text()).toContain('print it: the browser makes the PDF')
    const link = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined)
    URL.createObjectURL = () => 'blob:x'
    URL.revokeObjectURL = () => undefined
    await wrapper.get('[data-testid=report-html]').trigger('click')
    await vi.waitFor(() => expect(useToasts().toasts.map(({ text }) => text)).toEqual(['The report is in ants-bees.html.']))
    expect(link).toHaveBeenCalledOnce()
  })
})
