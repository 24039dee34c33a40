// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createI18n } from 'vue-i18n'

import en from '../../locales/en.json'
import SearchBox from './SearchBox.vue'

function box(props: Partial<{ text: string; regex: boolean; error: string | null }> = {}) {
  const i18n = createI18n({ legacy: false, locale: 'en', messages: { en } })
  return mount(SearchBox, { props: { text: '', regex: false, error: null, ...props }, global: { plugins: [i18n] } })
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
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

  it('ties an error to the field', () => {
    const wrapper = box({ error: 'missing )' })
    const input = wrapper.get('input')
    expect(input.attributes('aria-invalid')).toBe('true')
    expect(wrapper.get(`[id="${input.attributes('aria-describedby') ?? ''}"]`).text()).toBe('missing )')
  })
})
