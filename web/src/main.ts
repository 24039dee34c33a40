import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createI18n } from 'vue-i18n'
import { createRouter, createWebHistory } from 'vue-router'

import App from './App.vue'
import { BASE } from './api/base'
import BrowsePage from './features/browse/BrowsePage.vue'
import en from './locales/en.json'
import './styles/tokens.css'
import './styles/base.css'

const app = createApp(App)

const STALE_MS = 60_000

app.use(createPinia())
app.use(
  createRouter({
    history: createWebHistory(BASE),
    routes: [
      { path: '/', component: BrowsePage },
      { path: '/:rest(.*)*', redirect: (to) => ({ path: '/', query: to.query }) },
    ],
  }),
)
app.use(createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en } }))
app.use(VueQueryPlugin, {
  queryClient: new QueryClient({ defaultOptions: { queries: { staleTime: STALE_MS, retry: 1, refetchOnWindowFocus: false } } }),
})
app.mount('#app')
