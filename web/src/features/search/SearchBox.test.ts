// @vitest-environment happy-dom
import { VueQueryPlugin } from '@tanstack/vue-query'
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createI18n } from 'vue-i18n'

import en from '../../locales/en.json'
import { fakeServer, gate, json } from '../../test/fakeServer'
import type { QueryErrorInfo } from './queryError'
import SearchBox from './SearchBox.vue'

function box(props: Partial<{ text: string; regex: boolean; queryError: QueryErrorInfo | null }> = {}) {
  const i18n = createI18n({ legacy: false, locale: 'en', messages: { en } })
  return mount(SearchBox, { props: { text: '', regex: false, queryError: null, ...props }, global: { plugins: [i18n, VueQueryPlugin] } })
}

beforeEach(() => {
  fakeServer(() => json({ start: 0, end: 0, items: [] }))
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the search box', () => {
  it('searches once the typing pauses, as one entry of the history', async () => {
    const wrapper = box()
    const input = wrapper.get('input')
    await input.setValue('c')
    await input.setValue('ca')
    expect(wrapper.emitted('search')).toBeUndefined()
    vi.advanceTimersByTime(150)
    await wrapper.setProps({ text: 'ca' })
    await input.setValue('cat')
    vi.advanceTimersByTime(150)
    expect(wrapper.emitted('search')).toEqual([['ca', true], ['cat', false]])
  })

  it('waits longer with a text that is compared by meaning, which a service may charge for', async () => {
    const wrapper = box()
    const input = wrapper.get('input')
    await input.setValue('similar:ca')
    vi.advanceTimersByTime(500)
    await input.setValue('similar:cat')
    vi.advanceTimersByTime(900)
    expect(wrapper.emitted('search')).toBeUndefined()
    vi.advanceTimersByTime(200)
    expect(wrapper.emitted('search')).toEqual([['similar:cat', true]])
  })

  it('is not set back by its own search while more is typed', async () => {
    const wrapper = box()
    const input = wrapper.get('input')
    await input.setValue('ca')
    vi.advanceTimersByTime(150)
    await input.setValue('cat')
    await wrapper.setProps({ text: 'ca' })
    expect(input.element.value).toBe('cat')
  })

  it('follows the address otherwise', async () => {
    const wrapper = box({ text: 'cat' })
    await wrapper.setProps({ text: 'dog' })
    expect(wrapper.get('input').element.value).toBe('dog')
  })

  it('is cleared by Escape first, and left by the next', async () => {
    const wrapper = box({ text: 'cat' })
    const input = wrapper.get('input')
    await input.trigger('keydown', { key: 'Escape' })
    expect(wrapper.emitted('search')).toEqual([['', true]])
    expect(wrapper.emitted('leave')).toBeUndefined()
    await wrapper.setProps({ text: '' })
    await input.trigger('keydown', { key: 'Escape' })
    expect(wrapper.emitted('leave')).toHaveLength(1)
  })

  it('searches at once on Enter', async () => {
    const wrapper = box()
    await wrapper.get('input').setValue('cat')
    await wrapper.get('form').trigger('submit')
    expect(wrapper.emitted('search')).toEqual([['cat', true]])
    expect(wrapper.emitted('leave')).toHaveLength(1)
  })

  it('marks an error and applies the suggested fix', async () => {
    const location = { position: 5, length: 6, suggestion: 'video', message: '' }
    const wrapper = box({ text: 'kind:vidoes', queryError: { message: 'none of image, video, audio', location } })
    const input = wrapper.get('input')
    expect(input.attributes('aria-invalid')).toBe('true')
    const said = wrapper.get(`[id="${input.attributes('aria-describedby') ?? ''}"]`)
    expect(said.get('mark').text()).toBe('vidoes')
    await said.get('button').trigger('click')
    expect(wrapper.emitted('search')).toEqual([['kind:video', true]])
  })

  it.each([
    ['time:night "x\\', false, '"time:night \\"x\\\\"'],
    ['smile :)', true, '"smile :)"'],
  ])('searches for the mistaken text %s as it is', async (text, regex, expected) => {
    const wrapper = box({ text, regex, queryError: { message: 'no value of date', location: null } })
    await wrapper.get('[role=alert] button.literal').trigger('click')
    expect(wrapper.emitted('literal')).toEqual([[expected]])
    expect(wrapper.get('input').element.value).toBe(expected)
  })

  it('hides an error once the text has changed', async () => {
    const wrapper = box({ text: '"blue', queryError: { message: 'never closed', location: null } })
    expect(wrapper.find('[role=alert]').exists()).toBe(true)
    await wrapper.get('input').setValue('"blue"')
    expect(wrapper.find('[role=alert]').exists()).toBe(false)
  })
})

describe('suggestions', () => {
  const answer = { start: 0, end: 2, items: [{ insert: 'model:', label: 'model:', kind: 'field', help: '', tag_kind: '', count: null, sample: null }] }

  it('are walked with the arrows and taken with Enter', async () => {
    fakeServer(() => json(answer))
    const wrapper = box()
    const input = wrapper.get('input')
    await input.setValue('mo')
    await vi.advanceTimersByTimeAsync(150)
    expect(wrapper.get('[role=listbox]').text()).toContain('model:')
    await input.trigger('keydown', { key: 'ArrowDown' })
    expect(input.attributes('aria-activedescendant')).toBe(wrapper.get('[role=option]').attributes('id'))
    await wrapper.get('form').trigger('submit')
    expect(input.element.value).toBe('model:')
    expect(wrapper.emitted('leave')).toBeUndefined()
  })

  it('are closed by Escape, which leaves the text alone', async () => {
    fakeServer(() => json(answer))
    const wrapper = box()
    const input = wrapper.get('input')
    await input.setValue('mo')
    await vi.advanceTimersByTimeAsync(150)
    await input.trigger('keydown', { key: 'Escape' })
    expect(wrapper.find('[role=listbox]').exists()).toBe(false)
    expect(input.element.value).toBe('mo')
  })

  it('that come late are dropped', async () => {
    const slow = gate<Response>()
    let turn = 0
    fakeServer(() => (turn++ === 0 ? slow.promise : json({ ...answer, items: [] })))
    const wrapper = box()
    const input = wrapper.get('input')
    await input.setValue('mo')
    await vi.advanceTimersByTimeAsync(150)
    await input.setValue('mox')
    await vi.advanceTimersByTimeAsync(150)
    slow.open(json(answer))
    await vi.advanceTimersByTimeAsync(10)
    expect(wrapper.find('[role=listbox]').exists()).toBe(false)
  })
})
