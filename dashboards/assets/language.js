// The page's language follows the reader's choice, for screen readers and line breaking.
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  perception: {
    setLanguage: function (lang) {
      if (lang) { document.documentElement.lang = lang === "zh" ? "zh-CN" : lang; }
      return window.dash_clientside.no_update;
    },
  },
});
