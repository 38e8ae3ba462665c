/** Words about log-ins that a PBX refuses, in both languages. */

export const logInEn = {
  logInRefused: "{pbx} does not let you in as {device}: {why}. Your calls there cannot be shown.",
  logInWrongPassword: "the password is wrong",
  logInInUse: "the account is signed in elsewhere",
  logInLicence: "no more operators may sign in",
  logInNotAvailable: "the account is shut, or it lets nobody in yet",
  logInOther: "it did not say why",
};

export const logInRu = {
  logInRefused: "{pbx} не впускает вас как {device}: {why}. Звонки оттуда показать нельзя.",
  logInWrongPassword: "неверный пароль",
  logInInUse: "учётная запись занята в другом месте",
  logInLicence: "больше операторов войти не может",
  logInNotAvailable: "учётная запись закрыта или вход пока не открыт",
  logInOther: "причина не названа",
};
