/** Words that say what a number is: a telephone's, or anything else. In the languages of the tables. Pure. */

export const PHONE_WORDS =
  'tel(?:ephone|efon|éfono|efone|efono|éphone|efoon|efonnummer|efonisch)?|phones?|phone number|ph|mobile?|mob|cell(?:phone|ulare)?|whats ?app|signal|telegram|viber|sms|text me|call(?: me| us| her| him)?|ring(?: me)?|dial|reach(?: me| us)?|hotline|landline|fax|handy(?:nummer)?|festnetz|durchwahl|ruf(?:nummer)?|anruf(?:en)?|erreich(?:bar|en)|portable|tél|appel(?:ez|er|le)?(?:-moi)?|joindre|fixe|m[óo]vil|celular|ll[áa]m(?:a|e|ar|ame)(?:me)?|fijo|telem[óo]vel|lig(?:ue|ar|a)|cellulare|chiam(?:a|ami|are|i)|bel(?:len)?|gsm|mobiel|tlf|puhelin|telefonu|kom(?:[óo]rka)?|zadzwo[ńn]|numer|cep|ara(?:y[ıi]n)?|điện thoại|gọi|sđt|nomor|hp|telp|my number|meine nummer|mon num[ée]ro|mi n[úu]mero|meu n[úu]mero|il mio numero|mijn nummer|m[óo]j numer|numara\\p{L}*|тел(?:ефон\\p{L}*)?|моб(?:ильн\\p{L}*)?|(?:по)?звон\\p{L}*|номер|сотов\\p{L}*|τηλ(?:έφωνο)?|κινητό|טלפון|נייד'
export const PHONE_WORDS_IN_RUNS =
  '手机|手機|电话|電話|致电|致電|联系|聯絡|打给|携帯|連絡先|전화|휴대폰|핸드폰|연락처|번호는|هاتف|جوال|موبايل|الموبايل|اتصل|رقمي|تلفن|موبایل|فون|फोन|फ़ोन|मोबाइल|कॉल|नंबर|নম্বর|মোবাইল|โทร|เบอร์'

/** What may stand between: `number`, `is`, `me at`. */
const BETWEEN =
  '(?:[ .:=#(/|*"\'-]|\\p{L}{1,8}(?=[ .:=#(/|*-])){0,12}(?:[ .:=#(/|*"\'\\p{L}-]{0,3})'

const BEFORE = new RegExp(`(?<![\\p{L}\\p{N}])(?:${PHONE_WORDS})${BETWEEN}$`, 'iu')
const BEFORE_IN_RUNS = new RegExp(`(?:${PHONE_WORDS_IN_RUNS})[^\\d\\n]{0,12}$`, 'u')
const AFTER = new RegExp(
  `^[ ,.()\\[\\]-]{0,4}(?:${PHONE_WORDS})(?![\\p{L}\\p{N}])|^[^\\d\\n]{0,6}(?:${PHONE_WORDS_IN_RUNS})`,
  'iu',
)

/** Numbers of things. */
const OTHERS =
  'order|invoice|ticket|case|ref(?:erence)?|tracking|serial|model|part|item|sku|isbn(?:-1[03])?|issn|ean|upc|gtin|doi|pmid|version|build|release|commit|revision|rev|imei|iccid|uuid|guid|hash|id|account|acct|customer|member(?:ship)?|policy|contract|booking|flight|page|line|row|step|chapter|section|article|figure|table|room|zip|postcode|population|year|lotter\\p{L}*|lott?o\\p{L}*|numbers|digits|pi|sequence|bestell(?:nummer|nr)|auftrags?(?:nummer|nr)?|rechnungs?(?:nummer|nr)?|artikel(?:nummer|nr)?|kunden(?:nummer|nr)?|seriennummer|aktenzeichen|commande|facture|dossier|pedido|factura|fattura|ordine|zamówienie|faktura|sipariş|fatura|заказ\\p{L}*|счёт\\p{L}*|артикул'
const OTHERS_IN_RUNS = '订单|訂單|发票|编号|序列号|注文|番号|주문|송장|طلب|فاتورة|ऑर्डर'

const OTHER_BEFORE = new RegExp(
  `(?:(?<![\\p{L}\\p{N}])(?:${OTHERS})(?![\\p{L}])[^\\d\\n]{0,14}|(?:${OTHERS_IN_RUNS})[^\\d\\n]{0,6}|[$€£¥₹₽#§][ ]?|\\b(?:no|nr|n°|№|usd|eur|inr)[. ]{0,2})$`,
  'iu',
)

const OTHER_RIGHT_BEFORE = new RegExp(`(?<![\\p{L}\\p{N}])(?:${OTHERS})["' :=.#-]{0,5}$`, 'iu')

export function isCalledPhone(before: string, after: string): boolean {
  if (OTHER_RIGHT_BEFORE.test(before)) return false
  return BEFORE.test(before) || BEFORE_IN_RUNS.test(before) || AFTER.test(after)
}

export function isCalledOther(before: string): boolean {
  return OTHER_BEFORE.test(before)
}
