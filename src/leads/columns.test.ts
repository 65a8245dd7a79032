import { expect } from "chai";
import { UserError } from "../errors.ts";
import { guessMapping, leadFields } from "./columns.ts";

const shown = (rows: readonly string[], order: readonly string[] = []): string => {
  const mapping = guessMapping(rows.map((row) => row.split(",")), { region: "CN", order });
  const fields = leadFields.flatMap((field) => {
    const column = mapping.fields[field];
    return column === undefined ? [] : [`${field}=${mapping.columns[column]}`];
  });
  return [...fields, ...mapping.others.map((column) => mapping.columns[column])].join(" ");
};

const check = (rows: readonly string[], expected: string, order: readonly string[] = []): void => {
  expect(shown(rows, order)).to.equal(expected);
};

const refuse = (rows: readonly string[], order: readonly string[], what: RegExp): void => {
  expect(() => shown(rows, order)).to.throw(UserError, what);
};

describe("the columns of a list", () => {
  it("are known by the words of both languages", () => {
    check(["姓名,手机号码,城市", "张三,13800138000,北京"], "phone=手机号码 name=姓名 城市");
    check(["Full Name,Phone Number,E-mail,Time_Zone", "a,b,c,d"],
      "phone=Phone Number name=Full Name timeZone=Time_Zone E-mail");
    check(["客户姓名,联系电话,备用电话,语言", "a,b,c,d"],
      "phone=联系电话 phone2=备用电话 name=客户姓名 language=语言");
    check(["手机,客户终身价值", "13800138000,1.2万"], "phone=手机 value=客户终身价值");
    check(["phone,LTV", "13800138000,"], "phone=phone value=LTV");
    check(["mobile,home_phone,phone2", "a,b,c"], "phone=mobile phone2=home_phone phone3=phone2");
    check(["Phone,Phone", "a,b"], "phone=Phone phone2=Phone (2)");
  });

  it("are known by what they hold when nothing names them", () => {
    check(["张三,13800138000", "李四,13900139000"], "phone=column2 name=column1");
    check(["13800138000"], "phone=column1");
    check(["a,Kontakt", "Bob,13800138000", "Al,13900139000"], "phone=Kontakt name=a");
  });

  it("are what the person says", () => {
    check(["A,B,C", "1,2,3"], "phone=C A B", ["phone=C"]);
    check(["A,B,C", "1,2,3"], "phone=B A C", ["phone=2"]);
    check(["phone,name", "1,2"], "phone=name phone", ["phone=name"]);
    check(["phone,name", "1,2"], "phone=phone name", ["name="]);
  });

  it("leave out those of an earlier reject file", () => {
    check(["rejected line,rejected column,rejected reason,phone,city", "1,2,3,4,5"],
      "phone=phone city");
    check(["被拒行号,被拒列,拒绝原因,电话", "1,2,3,4"], "phone=电话");
  });

  it("are refused when none holds numbers, or the order does not fit", () => {
    refuse(["a,b", "x,y"], [], /no column of phone numbers/);
    refuse([""], [], /empty/);
    refuse(["phone", "1"], ["fone=phone"], /FIELD=COLUMN/);
    refuse(["phone", "1"], ["phone=tel"], /no column tel/);
    refuse(["phone", "1"], ["phone=9"], /no column 9/);
  });
});
