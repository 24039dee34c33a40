// Runs before anything is drawn, so that a chosen theme does not flash. The page keeps the copy it reads here.
try {
  const { theme, language } = JSON.parse(localStorage.getItem('iib.preferences') ?? '{}')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  if (typeof language === 'string' && language !== '') document.documentElement.lang = language
} catch {
  // No storage here: the system's theme it is.
}
