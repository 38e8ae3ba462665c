/** The page at `/login`: a password for a token, which the panel takes from the address. */

const RUSSIAN = {
  title: "Вход",
  user: "Пользователь",
  password: "Пароль",
  button: "Войти",
  wrong: "Неверный пользователь или пароль.",
  tooMany: "Слишком много попыток. Подождите минуту.",
  broken: "Сейчас войти нельзя. Попробуйте позже.",
};
const ENGLISH = {
  title: "Sign in",
  user: "User",
  password: "Password",
  button: "Sign in",
  wrong: "User or password is wrong.",
  tooMany: "Too many attempts. Wait a minute.",
  broken: "Signing in does not work now. Try again later.",
};

const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language;
const words = wanted.startsWith("ru") ? RUSSIAN : ENGLISH;
const form = document.querySelector("#form");
const button = document.querySelector("#button");
const problem = document.querySelector("#problem");

document.documentElement.lang = words === RUSSIAN ? "ru" : "en";
document.querySelector("#title").textContent = words.title;
document.querySelector("#user-label").textContent = words.user;
document.querySelector("#password-label").textContent = words.password;
button.textContent = words.button;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  problem.textContent = "";
  try {
    const body = JSON.stringify({ user: form.user.value.trim(), password: form.password.value });
    const answer = await fetch("/v1/login", { method: "POST", body });
    if (answer.ok) {
      const { token } = await answer.json();
      location.replace(`/${location.search}#token=${token}`);
      return;
    }
    problem.textContent = { 401: words.wrong, 429: words.tooMany }[answer.status] ?? words.broken;
  } catch {
    problem.textContent = words.broken;
  }
  button.disabled = false;
  form.password.select();
});
